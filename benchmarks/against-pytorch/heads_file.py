"""Distances of the official metric with heads from a PyTorch file that this project wrote.

Usage: heads_file.py NET BACKBONE HEADS IMAGE REFERENCE BATCH HEIGHT WIDTH
BACKBONE and images are raw float32: convolutions in state-dict order, images in NHWC order. The package loads HEADS by its
own `model_path`. It is loaded once more with `weights_only`, which refuses everything except tensors.
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")
import lpips  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402

net, backbone, heads, image, reference, *shape = sys.argv[1:]
metric = lpips.LPIPS(net=net, model_path=heads, pnet_rand=True, verbose=False)
state = torch.load(heads, weights_only=True)
loaded = metric.state_dict()
assert state and all(torch.equal(loaded[name], value) for name, value in state.items())
flat, start = numpy.fromfile(backbone, dtype=numpy.float32), 0
with torch.no_grad():
    for parameter in metric.net.parameters():
        parameter.copy_(torch.from_numpy(flat[start : start + parameter.numel()].reshape(parameter.shape)))
        start += parameter.numel()
    batch, height, width = map(int, shape)
    x, y = (
        torch.from_numpy(numpy.fromfile(path, dtype=numpy.float32).reshape(batch, height, width, 3)).permute(0, 3, 1, 2)
        for path in (image, reference)
    )
    print(json.dumps(metric(x, y).flatten().tolist()))
