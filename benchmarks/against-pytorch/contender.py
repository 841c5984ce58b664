"""The PyTorch side: lpips 0.1.4, driven line by line so that both sides take turns in one run.

It reads one JSON object a line and answers each with one line. Weights and images come as raw float32 files, so that both
sides compute the same thing. protocol.ts describes the messages.
"""

import json
import os
import resource
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import numpy  # noqa: E402
import torch  # noqa: E402
import lpips  # noqa: E402


def floats(path):
    return torch.from_numpy(numpy.fromfile(path, dtype=numpy.float32))


def load(net, version, linear, weights):
    """The official metric with weights from a flat file: convolutions in order, then heads."""
    metric = lpips.LPIPS(net=net, version=version, lpips=linear, pretrained=False, pnet_rand=True, verbose=False)
    flat, start = floats(weights), 0
    heads = [lin.model[-1].weight for lin in metric.lins] if linear else []
    with torch.no_grad():
        for parameter in [*metric.net.parameters(), *heads]:
            size = parameter.numel()
            parameter.copy_(flat[start : start + size].reshape(parameter.shape))
            start += size
    metric.eval()
    for parameter in metric.parameters():
        parameter.requires_grad_(False)
    return metric


class Contender:
    def __init__(self, message):
        torch.set_num_threads(message["threads"])
        self.metric = load(message["net"], message["version"], message["linear"], message["weights"])
        shape = message["shape"]  # [batch, height, width, 3]
        images = [floats(path).reshape(shape).permute(0, 3, 1, 2).contiguous() for path in message["images"]]
        if message["channelsLast"]:
            self.metric, *images = (it.to(memory_format=torch.channels_last) for it in (self.metric, *images))
        self.image, self.reference = images

    def forward(self):
        with torch.no_grad():
            return self.metric(self.image, self.reference), None

    def gradient(self):
        image = self.image.clone().requires_grad_()
        distance = self.metric(image, self.reference)
        distance.sum().backward()
        return distance.detach(), image.grad

    def run(self, task):
        start = time.perf_counter()
        distance, gradient = self.forward() if task == "forward" else self.gradient()
        answer = {"ms": (time.perf_counter() - start) * 1000, "distance": distance.flatten().tolist()}
        if gradient is not None:
            gradient.permute(0, 2, 3, 1).contiguous().numpy().tofile("gradient.bin")
        return answer


def all_pairs(folder, net, version, weights):
    """Every pair of a folder, as the official script does it: files read again for each pair, no cached features."""
    metric = load(net, version, True, weights)
    files = sorted(os.listdir(folder))
    read = lambda name: lpips.im2tensor(lpips.load_image(os.path.join(folder, name)))  # noqa: E731
    distances = []
    for i, name in enumerate(files[:-1]):
        image = read(name)
        for other in files[i + 1 :]:
            distances.append(metric.forward(image, read(other)).item())
    return distances


def main():
    if len(sys.argv) > 1:
        folder, net, version, weights = sys.argv[1:]
        print(json.dumps({"distances": all_pairs(folder, net, version, weights)}))
        return
    contender = None
    for line in sys.stdin:
        message = json.loads(line)
        if message["do"] == "load":
            contender = Contender(message)
            answer = {"versions": f"lpips 0.1.4 on torch {torch.__version__}"}
        elif message["do"] == "run":
            answer = contender.run(message["task"])
        else:
            answer = {"peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
