"""Runs the suite on a Python package, as `lpips-conformance` does on LPIPS for TensorFlow.js.

Usage: python run.py --package lpips|torchmetrics|piq|pyiqa --weights FOLDER [--net alex] [--json]

FOLDER holds the official files, as `lpips weights fetch` brings them; they are planted where the package would download them
to, in a temporary folder. The properties, their bars and their names are those of src/check-properties.ts. Exit codes: 0 all
passes, 1 something fails, 2 wrong usage.
"""

import argparse
import json
import os
import sys
import tempfile
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
NETS = ("alex", "squeeze", "vgg")
RESULTS = ("distance", "layers", "map", "imageGradient", "referenceGradient")
SAME = 1e-5


def relative_error(actual, expected):
    import numpy

    actual, expected = (numpy.asarray(one, dtype=numpy.float64).reshape(-1) for one in (actual, expected))
    if actual.shape != expected.shape:
        return float("inf")
    norm = numpy.linalg.norm(expected)
    return float(numpy.linalg.norm(actual - expected) / (norm if norm > 0 else 1))


def sampled_error(actual, sampled):
    import numpy

    flat = actual.numpy().astype(numpy.float64).reshape(-1)
    if list(actual.shape) != sampled["shape"]:
        return float("inf")
    norm = abs(float(numpy.linalg.norm(flat)) / sampled["norm"] - 1)
    error = relative_error(flat[sampled["positions"]], sampled["values"])
    return float("nan") if numpy.isnan([norm, error]).any() else max(norm, error)


def tensors(values):
    import torch

    return torch.from_numpy(values).permute(0, 3, 1, 2).contiguous()


def gradients(subject, image, reference, upstream):
    """float32 `[batch, height, width, 3]` each, of the sum of upstream * distance."""
    import torch

    x, y = image.clone().requires_grad_(), reference.clone().requires_grad_()
    loss = (subject.distance(x, y).flatten() * torch.tensor(upstream, dtype=torch.float32)).sum()
    return [one.permute(0, 2, 3, 1).contiguous() for one in torch.autograd.grad(loss, [x, y])]


def verdict(name, right, detail):
    return {"name": name, "outcome": "not offered" if right is None else "passes" if right else "fails", "detail": detail}


def check_case(subject, case, answer, bars):
    import torch
    from pictures import images

    x, y = tensors(images(case["image"])), tensors(images(case["reference"]))
    with torch.no_grad():
        found = {what: getattr(subject, what)(x, y) for what in ("distance", "layers", "map")}
    found["imageGradient"], found["referenceGradient"] = gradients(subject, x, y, case["upstream"])
    for what in RESULTS:
        if found[what] is None:
            yield verdict(f"{case['name']}: {what}", None, "")
            continue
        exact = answer[what]
        error = sampled_error(found[what], exact) if isinstance(exact, dict) else relative_error(found[what], exact)
        bar = max(bars["smallest"][what], bars["floors"] * answer["float32"][what])
        yield verdict(f"{case['name']}: {what}", error <= bar, f"relative error {error:.1e}, bar {bar:.1e}")


def check_properties(program, subject, jnd):
    import torch
    from pictures import images

    def one(kind, **rest):
        return tensors(images([{"kind": kind, "height": 40, "width": 48, **rest}]))

    stripes, noisy = one("stripes", seed=3), one("noisy stripes", seed=3, amount=50)
    noise, black = one("noise", seed=11), one("flat", value=0)

    def distance(x, y):
        with torch.no_grad():
            return subject.distance(x, y).flatten().numpy().copy()

    zero = float(distance(noisy, noisy)[0])
    yield verdict("the distance of an image from itself is 0", zero == 0, f"{zero}")
    error = relative_error(distance(stripes, noisy), distance(noisy, stripes))
    yield verdict("is symmetric", error <= SAME, f"relative difference {error:.1e}")
    pairs = [(stripes, noisy), (noise, noisy), (black, noise), (black, black)]
    least = min(float(distance(x, y)[0]) for x, y in pairs)
    yield verdict("is never negative", least >= 0, f"least {least}")
    singles = [distance(noisy, stripes)[0], distance(noise, noisy)[0]]
    both = distance(torch.cat([noisy, noise]), torch.cat([stripes, noisy]))
    error = relative_error(both, singles)
    yield verdict("gives a batch the distances of its images", error <= SAME, f"relative difference {error:.1e}")
    values = torch.cat([one.flatten() for one in gradients(with_dead_tap(subject), noisy, stripes, [1])])
    wrong = int((~torch.isfinite(values)).sum())
    name = "the gradient is finite where the features of a tap are 0"
    yield verdict(name, wrong == 0, f"{wrong} of {values.numel()} values are not finite")
    yield check_frozen(subject, distance, noisy, noise, stripes)
    yield check_ranges(subject, distance, noisy, stripes)
    name = "refuses or warns of images in [0, 255] where it expects [-1, 1]"
    with torch.no_grad():
        told = subject.told_of_range((noisy + 1) * 127.5, (stripes + 1) * 127.5)
    if not told and subject.documents_range:
        yield verdict(name, None, "its documentation states the range")
    else:
        yield verdict(name, told, "the caller is told" if told else "the caller is not told")
    yield verdict("nothing outside of a mask has any influence", None, "")
    yield check_greyscale(subject, distance)
    name = "the JND mAP of an unsorted list is that of the sorted one"
    score = program.jnd and program.jnd(jnd["distances"], jnd["same"])
    right = jnd["score"]
    yield verdict(name, score and abs(score - right) <= SAME, f"{score}, {right} is right" if score else "")


def with_dead_tap(subject):
    """The same metric with a bias of -1e6 in its last convolution, so that the features of its last tap are 0."""
    import copy

    import torch

    dead = copy.deepcopy(subject)
    last = [one for one in dead.backbone().modules() if isinstance(one, torch.nn.Conv2d)][-1]
    with torch.no_grad():
        last.bias.fill_(-1e6)
    return dead


def check_frozen(subject, distance, noisy, noise, stripes):
    """All parameters that require a gradient are given to an optimiser, as `model.parameters()` of a larger model would."""
    import torch

    before = distance(noise, stripes)
    image = noisy.clone().requires_grad_()
    optimizer = torch.optim.Adam([image, *subject.trainable()], lr=0.05)
    for _ in range(3):
        optimizer.zero_grad()
        subject.distance(image, stripes).sum().backward()
        optimizer.step()
        with torch.no_grad():
            image.clamp_(-1, 1)  # other values are refused by some
    change = relative_error(distance(noise, stripes), before)
    name = "stays as it is while an optimiser moves all that it may"
    return verdict(name, change == 0, f"another pair's distance changed by {change:.1e}")


def check_ranges(subject, distance, noisy, stripes):
    import torch

    expected, errors, missing = distance(noisy, stripes), [], []
    for low, high in ((0, 1), (0, 255)):
        x, y = ((one + 1) / 2 * (high - low) + low for one in (noisy, stripes))
        with torch.no_grad():
            found = subject.distance_in_range(x, y, low, high)
        if found is None:
            missing.append(f"[{low}, {high}]")
        else:
            errors.append(relative_error(found.flatten(), expected))
    name = "takes [0, 1] and [0, 255] where it is told so"
    if not errors:
        return verdict(name, None, "")
    detail = f"relative difference {max(errors):.1e}" + (f"; {', '.join(missing)} is not offered" if missing else "")
    return verdict(name, max(errors) <= SAME, detail)


def check_greyscale(subject, distance):
    from pictures import images

    x, y = (
        tensors(images([{"kind": "noise", "height": 40, "width": 40, "seed": seed}])[..., :1]) for seed in (21, 22)
    )
    expected = distance(x.repeat(1, 3, 1, 1), y.repeat(1, 3, 1, 1))
    name = "takes a greyscale image as one of three equal channels"
    try:
        error = relative_error(distance(x, y), expected)
    except (RuntimeError, ValueError, AssertionError):
        return verdict(name, None, "one channel is refused")
    return verdict(name, error <= SAME, f"relative difference {error:.1e}")


def run(package, weights, nets, only):
    import torch
    from programs import PROGRAMS
    from weights import plant

    torch.manual_seed(1)
    read = lambda name: json.load(open(os.path.join(HERE, "..", "cases", name)))  # noqa: E731
    suite, answers, program = read("cases.json"), read("answers.json")["answers"], PROGRAMS[package]
    with tempfile.TemporaryDirectory() as home:
        plant(weights, home, nets)
        for case in suite["cases"]:
            if case["net"] not in nets or only == "properties":
                continue
            subject = program.open(case["net"], case["version"], case["linear"])
            if subject is None:
                yield verdict(case["name"], None, "")
            else:
                yield from check_case(subject, case, answers[case["name"]], suite["bars"])
        for net in nets if only != "cases" else ():
            subject = program.open(net, "0.1", True)
            if subject is not None:
                yield from check_properties(program, subject, suite["jnd"])
                break


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--package", required=True, choices=["lpips", "torchmetrics", "piq", "pyiqa"])
    parser.add_argument("--weights", required=True, help="folder of the official files")
    parser.add_argument("--net", choices=NETS, help="default: all of them")
    parser.add_argument("--only", choices=("cases", "properties"), help="default: both")
    parser.add_argument("--json", action="store_true", help="one object on stdout, and nothing else")
    options = parser.parse_args()
    if not os.path.isdir(options.weights):
        parser.error(f"expected a folder for --weights, got {options.weights}")
    from weights import check_weights

    nets = [options.net] if options.net else NETS
    try:
        check_weights(options.weights, nets)
    except FileNotFoundError as error:
        parser.error(str(error))
    warnings.filterwarnings("ignore")
    verdicts = []
    for one in run(options.package, options.weights, nets, options.only):
        verdicts.append(one)
        if not options.json:
            print(f"{one['outcome']:<11}  {one['name']}" + (f": {one['detail']}" if one["detail"] else ""), flush=True)
    counts = {outcome: sum(one["outcome"] == outcome for one in verdicts) for outcome in ("passes", "fails", "not offered")}
    if options.json:
        from programs import PROGRAMS

        print(json.dumps({"program": PROGRAMS[options.package].name, "verdicts": verdicts}))
    else:
        print(f"{counts['passes']} pass, {counts['fails']} fail, {counts['not offered']} not offered")
    sys.exit(1 if counts["fails"] else 0)


if __name__ == "__main__":
    main()
