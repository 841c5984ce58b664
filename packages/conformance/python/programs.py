"""The packages that the suite is run on, each behind the same few methods.

Images are float32 tensors `[batch, 3, height, width]` in [-1, 1]. What a package does not offer returns None.
"""

import contextlib
import io
import warnings
from importlib.metadata import version as version_of

import torch


class Subject:
    """One metric of a package. `module` holds whatever an optimiser may find."""

    module = None
    #: Every one of these packages states the range of its images: who gives it another is not its fault.
    documents_range = True

    def distance(self, image, reference):
        """`[batch]`"""
        raise NotImplementedError

    def layers(self, image, reference):
        """`[batch, taps]`"""
        return None

    def map(self, image, reference):
        """`[batch, height, width]`"""
        return None

    def distance_in_range(self, image, reference, low, high):
        return None

    def told_of_range(self, image, reference):
        """Whether the caller of the package's default is told that its values are out of range."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                self.distance(image, reference)
            except (ValueError, AssertionError):
                return True
        return len(caught) > 0

    def trainable(self):
        return [one for one in self.module.parameters() if one.requires_grad]

    def backbone(self):
        """The module of the convolutions."""
        return self.module.net


class Official(Subject):
    def __init__(self, net, version, linear):
        import lpips

        self.module = lpips.LPIPS(net=net, version=version, lpips=linear, verbose=False)

    def distance(self, image, reference):
        return self.module(image, reference).flatten()

    def layers(self, image, reference):
        _, layers = self.module(image, reference, retPerLayer=True)
        return torch.stack([one.flatten() for one in layers], 1)

    def map(self, image, reference):
        self.module.spatial = True
        try:
            return self.module(image, reference)[:, 0]
        finally:
            self.module.spatial = False

    def distance_in_range(self, image, reference, low, high):
        if (low, high) != (0, 1):
            return None  # [0, 1] alone has a flag
        return self.module(image, reference, normalize=True).flatten()


class TorchMetrics(Subject):
    def __init__(self, net, version, linear):
        from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

        self.module = LearnedPerceptualImagePatchSimilarity(net_type=net, reduction="mean")
        self.unit = LearnedPerceptualImagePatchSimilarity(net_type=net, reduction="mean", normalize=True)

    @staticmethod
    def _one_by_one(metric, image, reference):
        # The package offers means and sums of a batch: documented. Its images are asked one by one.
        return torch.stack([metric(x[None], y[None]) for x, y in zip(image, reference)])

    def distance(self, image, reference):
        return self._one_by_one(self.module, image, reference)

    def distance_in_range(self, image, reference, low, high):
        return self._one_by_one(self.unit, image, reference) if (low, high) == (0, 1) else None


    def backbone(self):
        return self.module.net.net


class Piq(Subject):
    """Its mean and std of ImageNet, for images in [0, 1], are the scaling layer to three digits: documented."""

    def __init__(self, net, version, linear):
        import piq

        self.module = piq.LPIPS(reduction="none")

    def distance(self, image, reference):
        return self.module((image + 1) / 2, (reference + 1) / 2)

    def distance_in_range(self, image, reference, low, high):
        return self.module(image, reference) if (low, high) == (0, 1) else None

    def backbone(self):
        return self.module.model


class Pyiqa(Subject):
    def __init__(self, net, version, linear):
        from pyiqa.archs.lpips_arch import LPIPS

        with contextlib.redirect_stdout(io.StringIO()):
            self.module = LPIPS(net=net, version=version, lpips=linear)

    def distance(self, image, reference):
        return self.module(image, reference, normalize=False).flatten()

    def layers(self, image, reference):
        _, layers = self.module(image, reference, retPerLayer=True, normalize=False)
        return torch.stack([one.flatten() for one in layers], 1)

    def map(self, image, reference):
        self.module.spatial = True
        try:
            return self.module(image, reference, normalize=False).reshape(image.shape[0], *image.shape[2:])
        finally:
            self.module.spatial = False

    def distance_in_range(self, image, reference, low, high):
        return self.module(image, reference).flatten() if (low, high) == (0, 1) else None


def official_jnd(distances, same):
    """The score of the package's own script, fed with what its own metric returns: `[batch, 1, 1, 1]`."""
    import numpy
    from lpips.trainer import score_jnd_dataset

    class Loader:
        def load_data(self):
            yield {"p0": torch.tensor(distances), "p1": None, "same": torch.tensor(same)}

    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score, _ = score_jnd_dataset(Loader(), lambda p0, _: p0.reshape(-1, 1, 1, 1))
    return float(numpy.mean(score))


class Program:
    def __init__(self, package, subject, specs, jnd=None):
        self.package, self.subject, self.specs, self.jnd = package, subject, specs, jnd

    @property
    def name(self):
        return f"{self.package} {version_of(self.package)}"

    def open(self, net, version, linear):
        return self.subject(net, version, linear) if self.specs(net, version, linear) else None


PROGRAMS = {
    "lpips": Program("lpips", Official, lambda *_: True, official_jnd),
    "torchmetrics": Program("torchmetrics", TorchMetrics, lambda net, version, linear: version == "0.1" and linear),
    "piq": Program("piq", Piq, lambda net, version, linear: net == "vgg" and version == "0.1" and linear),
    "pyiqa": Program("pyiqa", Pyiqa, lambda *_: True),
}
