"""A training step of the examples' autoencoder in PyTorch with lpips 0.1.4: 8 patches of 64x64, Adam.

Usage: training_step.py LOSS FORM THREADS WEIGHTS WARM_UP ROUNDS
FORM is `eager`, `channels-last`, or `compiled`, which is torch.compile. LOSS is `mse`, or the net of L1 + LPIPS, `alex` or `vgg`; WEIGHTS holds the net's weights (for `mse` those of alex) as raw float32, as
contender.py reads them. It prints the milliseconds of each step as JSON.
"""

import json
import sys
import time

import torch
from contender import load

CODE, WIDE, MIDDLE, DEEP, DEEPEST = 8, 16, 32, 64, 96
BATCH, SIDE, CROP = 8, 64, 57


def conv(width, filters, size=3, stride=1, active=True):
    layer = torch.nn.Conv2d(width, filters, size, stride, padding=1)
    return [layer, torch.nn.SiLU()] if active else [layer]


def autoencoder():
    up = lambda: torch.nn.Upsample(scale_factor=2)  # noqa: E731
    layers = [
        *conv(3, MIDDLE, 4, 2),
        *conv(MIDDLE, DEEP, 4, 2),
        *conv(DEEP, DEEPEST, 4, 2),
        *conv(DEEPEST, CODE, active=False),
        *conv(CODE, DEEPEST),
        *conv(DEEPEST, DEEPEST),
        up(),
        *conv(DEEPEST, DEEP),
        up(),
        *conv(DEEP, MIDDLE),
        up(),
        *conv(MIDDLE, WIDE),
        *conv(WIDE, 3, active=False),
    ]
    return torch.nn.Sequential(*layers)


def main():
    loss_name, form, threads, weights, warm_up, rounds = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    metric = load("vgg" if loss_name == "vgg" else "alex", "0.1", True, weights)
    model = autoencoder()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    patches = 2 * torch.rand(BATCH, 3, SIDE, SIDE) - 1
    crop = (..., slice(3, 3 + CROP), slice(3, 3 + CROP))
    if form == "channels-last":
        model, metric, patches = (
            it.to(memory_format=torch.channels_last) for it in (model, metric, patches)
        )

    def loss_of():
        rebuilt = model(patches)
        if loss_name == "mse":
            return torch.nn.functional.mse_loss(rebuilt, patches)
        return (rebuilt - patches).abs().mean() + metric(rebuilt[crop], patches[crop]).mean()

    if form == "compiled":
        loss_of = torch.compile(loss_of)
    times = []
    for _ in range(int(warm_up) + int(rounds)):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        loss.item()
        times.append((time.perf_counter() - start) * 1000)
    print(json.dumps({"times": times[int(warm_up) :]}))


main()
