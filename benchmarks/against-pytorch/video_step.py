"""A step of the example video-autoencoder with its PatchGAN in PyTorch: the model, the losses and the order of video-step.ts.

Usage: video_step.py FORM THREADS WEIGHTS WARM_UP ROUNDS
FORM is `eager`, `channels-last`, or `compiled`, which is torch.compile of each part. WEIGHTS holds AlexNet and its heads as raw
float32, as contender.py reads them. It prints the milliseconds of each step as JSON.
"""

import json
import sys
import time

import torch
import torch._functorch.config
from contender import load
from torch.nn.functional import relu

CODE, WIDE, DEEP = 8, 16, 48
CLIPS, FRAMES, SIDE, COMPARED = 4, 4, 32, 2
RATE, BETAS, WEIGHT, LARGEST_WEIGHT = 2e-3, (0.5, 0.999), 0.1, 1e4
FILTERS, LEAK = 16, 0.2


class SamePadded(torch.nn.Conv3d):
    """A convolution with the padding 'same' of TensorFlow, which puts the odd zero behind."""

    def forward(self, x):
        pads = []
        for size, kernel, stride in zip(reversed(x.shape[2:]), reversed(self.kernel_size), reversed(self.stride)):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(torch.nn.functional.pad(x, pads))


def trunk_of_generator():
    """[clips, 3, frames, height, width] to the input of the last layer, [clips, DEEP, height, width]."""
    silu, up = torch.nn.SiLU, lambda: torch.nn.Upsample(scale_factor=2)
    conv = lambda width: torch.nn.Conv2d(width, DEEP, 3, padding=1)  # noqa: E731
    return torch.nn.Sequential(
        SamePadded(3, WIDE, 3, (1, 2, 2)),
        silu(),
        SamePadded(WIDE, DEEP, 3, 2),
        silu(),
        torch.nn.Conv3d(DEEP, CODE, 3, padding=1),
        torch.nn.Flatten(1, 2),  # time becomes channels
        conv(CODE * FRAMES // 2),
        silu(),
        up(),
        conv(DEEP),
        silu(),
        up(),
        conv(DEEP),
        silu(),
    )


def discriminator():
    conv = lambda width, filters, stride: torch.nn.Conv2d(width, filters, 4, stride, padding=1)  # noqa: E731
    leaky = lambda: torch.nn.LeakyReLU(LEAK)  # noqa: E731
    return torch.nn.Sequential(
        conv(3, FILTERS, 2),
        leaky(),
        conv(FILTERS, 2 * FILTERS, 2),
        leaky(),
        conv(2 * FILTERS, 4 * FILTERS, 1),
        leaky(),
        conv(4 * FILTERS, 1, 1),
    )


def main():
    form, threads, weights, warm_up, rounds = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    metric = load("alex", "0.1", True, weights)
    trunk, head, judge = trunk_of_generator(), torch.nn.Conv2d(DEEP, FRAMES * 3, 3, padding=1), discriminator()
    clips = 2 * torch.rand(CLIPS, 3, FRAMES, SIDE, SIDE) - 1
    if form == "channels-last":
        metric, head, judge = (it.to(memory_format=torch.channels_last) for it in (metric, head, judge))
        clips = clips.to(memory_format=torch.channels_last_3d)
        for layer in trunk:
            has_time = isinstance(layer, torch.nn.Conv3d)
            layer.to(memory_format=torch.channels_last_3d if has_time else torch.channels_last)
    players = torch.optim.Adam([*trunk.parameters(), *head.parameters()], lr=RATE, betas=BETAS)
    judges = torch.optim.Adam(judge.parameters(), lr=RATE, betas=BETAS)

    def frames_of(some):
        return some.transpose(1, 2).reshape(-1, 3, SIDE, SIDE)

    def rebuild(code):
        return head(code).unflatten(1, (FRAMES, 3)).transpose(1, 2)

    def reconstruction_of(rebuilt, drawn):
        some = frames_of(rebuilt[:, :, drawn]), frames_of(clips[:, :, drawn])
        return (rebuilt - clips).abs().mean() + metric(*some).mean()

    def adversarial_of(rebuilt):
        return -judge(frames_of(rebuilt)).mean()

    def cost_of_judge(rebuilt):
        real, fake = judge(frames_of(torch.cat([clips, rebuilt]))).chunk(2)
        return (relu(1 - real).mean() + relu(1 + fake).mean()) / 2

    if form == "compiled":
        torch._functorch.config.donated_buffer = False  # a graph is gone through more than once
        trunk, rebuild, reconstruction_of, adversarial_of, cost_of_judge = map(
            torch.compile, (trunk, rebuild, reconstruction_of, adversarial_of, cost_of_judge)
        )

    def to_rebuilt(loss_of, rebuilt, *others):
        leaf = rebuilt.detach().requires_grad_()
        loss = loss_of(leaf, *others)
        return loss.detach(), torch.autograd.grad(loss, leaf)[0]

    def norm(rebuilt, direction):
        return torch.autograd.grad(rebuilt, head.weight, direction, retain_graph=True)[0].norm()

    def step():
        for optimizer in (players, judges):
            optimizer.zero_grad()
        rebuilt = rebuild(trunk(clips))
        drawn = torch.randperm(FRAMES)[:COMPARED].sort()[0]
        loss, ahead = to_rebuilt(reconstruction_of, rebuilt, drawn)
        _, to_judge = to_rebuilt(adversarial_of, rebuilt)
        balance = (norm(rebuilt, ahead) / (norm(rebuilt, to_judge) + 1e-4)).clamp(0, LARGEST_WEIGHT)
        rebuilt.backward(ahead + WEIGHT * balance * to_judge)
        players.step()
        judges.zero_grad()
        cost_of_judge(rebuilt.detach()).backward()
        judges.step()
        return loss.item()

    times = []
    for _ in range(int(warm_up) + int(rounds)):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    print(json.dumps({"times": times[int(warm_up) :]}))


main()
