"""The official trainer: `lpips.Trainer` of lpips 0.1.4, on a data set in its own layout, for some epochs.

The package has the trainer, but not the loop and the data loader of the repository (train.py, data/). This file does what
they do, without their plots and prints: images through PIL, Resize(64), ToTensor and Normalize(.5), 50 at a time in random
order, four loader processes, `set_input` and `optimize_parameters` for each batch. The networks are saved after each
epoch, and the learning rate is lowered after the sixth epoch and every later one.

Usage: trainer.py NET BACKBONE DATA OUT EPOCHS SEED [untimed | score HEADS]
BACKBONE holds the convolutions as raw float32 in state-dict order. With `untimed` it leaves out the gradients of the images,
which `lpips.Trainer` computes and never reads: the heads are the same, and VGG16 takes a third of the time. With `score` it
scores HEADS on the trunk as the trainer leaves it, and trains nothing.
"""

import glob
import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import lpips  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402
import torchvision.transforms as transforms  # noqa: E402
from PIL import Image  # noqa: E402

EPOCHS_AT_FULL_RATE = 5
DECAY_EPOCHS = 5
BATCH = 50
LOADERS = 4


class Triplets(torch.utils.data.Dataset):
    def __init__(self, root, split):
        folders = sorted(glob.glob(os.path.join(root, "2afc", split, "*")))
        files = lambda part: sorted(path for folder in folders for path in glob.glob(f"{folder}/{part}/*"))  # noqa: E731
        self.parts = {part: files(part) for part in ("ref", "p0", "p1", "judge")}
        normalize = transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
        self.transform = transforms.Compose([transforms.Resize(64), transforms.ToTensor(), normalize])

    def __len__(self):
        return len(self.parts["ref"])

    def __getitem__(self, index):
        item = {part: self.transform(Image.open(self.parts[part][index]).convert("RGB")) for part in ("p0", "p1", "ref")}
        judge = numpy.load(self.parts["judge"][index]).reshape((1, 1, 1))
        return {**item, "judge": torch.FloatTensor(judge)}


class Loader:
    """What `lpips.score_2afc_dataset` expects of a loader."""

    def __init__(self, root, split):
        self.loader = torch.utils.data.DataLoader(Triplets(root, split), batch_size=BATCH, num_workers=LOADERS)

    def load_data(self):
        return self.loader


def make_trainer(net, backbone):
    trainer = lpips.Trainer()
    # The backbone's weights come from a file instead of torchvision's download.
    trainer.initialize(model="lpips", net=net, use_gpu=False, is_train=True, pnet_rand=True)
    flat, start = numpy.fromfile(backbone, dtype=numpy.float32), 0
    with torch.no_grad():
        for parameter in trainer.net.net.parameters():
            size = parameter.numel()
            parameter.copy_(torch.from_numpy(flat[start : start + size].reshape(parameter.shape)))
            start += size
    return trainer


def score(trainer, data):
    trainer.net.eval()
    with torch.no_grad():
        result, detail = lpips.score_2afc_dataset(Loader(data, "val"), trainer.forward)
    return result


def heads_of(trainer):
    return {name: value.clone() for name, value in trainer.net.state_dict().items() if name.startswith("lin") and not name.startswith("lins")}


def main():
    net, backbone, data, out, epochs, seed = sys.argv[1:7]
    wish, *heads = sys.argv[7:] or ["timed"]
    torch.manual_seed(int(seed))
    trainer = make_trainer(net, backbone)
    if wish == "score":
        trainer.net.load_state_dict(torch.load(heads[0], weights_only=True), strict=False)
        trainer.clamp_weights()  # Of SqueezeNet it clamps the trunk too.
        print(json.dumps({"score": score(trainer, data)}))
        return
    # The first step clamps what is negative among the random initial heads; the other side begins with the rest.
    torch.save({name: value.clamp(min=0) for name, value in heads_of(trainer).items()}, os.path.join(out, "initial.pth"))
    dataset = Triplets(data, "train")
    loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH, shuffle=True, num_workers=LOADERS)
    seconds = []
    for epoch in range(1, int(epochs) + 1):
        start = time.perf_counter()
        for batch in loader:
            trainer.set_input(batch)
            if wish == "untimed":
                for images in (trainer.var_ref, trainer.var_p0, trainer.var_p1):
                    images.requires_grad_(False)
            trainer.optimize_parameters()
        trainer.save(out, "latest")
        trainer.save(out, epoch)
        if epoch > EPOCHS_AT_FULL_RATE:
            sys.stdout, stdout = sys.stderr, sys.stdout  # it prints the new rate
            trainer.update_learning_rate(DECAY_EPOCHS)
            sys.stdout = stdout
        seconds.append(time.perf_counter() - start)
        print(f"epoch {epoch}: {seconds[-1]:.1f} s", file=sys.stderr, flush=True)
    torch.save(heads_of(trainer), os.path.join(out, "heads.pth"))
    print(json.dumps({"seconds": seconds, "triplets": len(dataset), "score": score(trainer, data)}))


main()
