"""Makes cases/answers.json: what the official package `lpips` answers in float64, and how far its own float32 is from that.

Usage: python make_answers.py WEIGHTS_FOLDER [CASE ...]

With names of cases the answers to the others are kept. An answer whose float32 is far off is refused: a unit within rounding
of 0 falls to either side of its relu there, and no program can be held to it. Other pictures help.
"""

import json
import os
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
import numpy  # noqa: E402
import torch  # noqa: E402

from pictures import images  # noqa: E402
from weights import heads_path, plant  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "..", "cases")
#: Values of a gradient and of a map that are kept.
SAMPLES = 48
#: Largest error of the official float32 for an answer to be of use.
LARGEST_FLOOR = 1e-5


def positions(size):
    """Flat indices that are kept, spread by a step that shares no factor with the size."""
    step = max(1, size // SAMPLES) | 1
    while numpy.gcd(step, size) > 1:
        step += 2
    return [int(i * step + step // 2) % size for i in range(min(SAMPLES, size))]


def metric_of(case, weights, dtype):
    import lpips

    net, version, linear = case["net"], case["version"], case["linear"]
    path = heads_path(weights, net, version)
    metric = lpips.LPIPS(net=net, version=version, lpips=linear, model_path=path, verbose=False)
    return metric.to(dtype)


def ask(case, weights, dtype):
    """distance [batch], layers [batch, taps], map [batch, height, width], gradients [batch, height, width, 3]."""
    metric = metric_of(case, weights, dtype)
    x, y = (
        torch.from_numpy(images(case[side])).to(dtype).permute(0, 3, 1, 2).requires_grad_()
        for side in ("image", "reference")
    )
    distance, layers = metric(x, y, retPerLayer=True)
    upstream = torch.tensor(case["upstream"], dtype=dtype)
    gradients = torch.autograd.grad((distance.flatten() * upstream).sum(), [x, y])
    metric.spatial = True
    with torch.no_grad():
        spatial = metric(x, y)[:, 0]
    return {
        "distance": distance.detach().flatten().numpy(),
        "layers": torch.stack([one.detach().flatten() for one in layers], 1).numpy(),
        "map": spatial.numpy(),
        "imageGradient": gradients[0].permute(0, 2, 3, 1).contiguous().numpy(),
        "referenceGradient": gradients[1].permute(0, 2, 3, 1).contiguous().numpy(),
    }


def error(values, expected):
    difference = values.astype(numpy.float64) - expected
    return float(numpy.linalg.norm(difference) / numpy.linalg.norm(expected))


def answer(case, weights):
    exact, rounded = ask(case, weights, torch.float64), ask(case, weights, torch.float32)
    result = {"distance": exact["distance"].tolist(), "layers": exact["layers"].tolist()}
    for what in ("map", "imageGradient", "referenceGradient"):
        flat = exact[what].reshape(-1)
        at = positions(flat.size)
        result[what] = {
            "norm": float(numpy.linalg.norm(flat)),
            "shape": list(exact[what].shape),
            "positions": at,
            "values": flat[at].tolist(),
        }
    result["float32"] = {what: error(rounded[what], exact[what]) for what in exact}
    return result


def main():
    weights, *names = sys.argv[1:]
    with open(os.path.join(CASES, "cases.json")) as file:
        cases = json.load(file)["cases"]
    path, answers = os.path.join(CASES, "answers.json"), {}
    if names:
        with open(path) as file:
            answers = json.load(file)["answers"]
    with tempfile.TemporaryDirectory() as home:
        plant(weights, home)
        for case in cases:
            if not names or case["name"] in names:
                answers[case["name"]] = made = answer(case, weights)
                print(case["name"], {what: f"{floor:.1e}" for what, floor in made["float32"].items()}, flush=True)
                if max(made["float32"].values()) > LARGEST_FLOOR:
                    sys.exit(f"The float32 of {case['name']} is too far off. Choose another seed.")
    made_by = f"lpips 0.1.4 in float64 on torch {torch.__version__}"
    with open(path, "w") as file:
        json.dump({"madeBy": made_by, "answers": {case["name"]: answers[case["name"]] for case in cases}}, file)
        file.write("\n")


if __name__ == "__main__":
    main()
