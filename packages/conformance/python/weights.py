"""Official weights from a folder, planted where torchvision and the packages look for what they would download."""

import os

import torch
from safetensors.torch import load_file

BACKBONES = {
    "alex": ("alexnet_features.safetensors", "alexnet-owt-7be5be79.pth", "alexnet"),
    "squeeze": ("squeezenet1_1_features.safetensors", "squeezenet1_1-b8a52dc0.pth", "squeezenet1_1"),
    "vgg": ("vgg16_features.safetensors", "vgg16-397923af.pth", "vgg16"),
}

#: Names under which pyiqa looks for heads.
PYIQA_HEADS = {
    ("alex", "0.0"): "LPIPS_v0.0_alex-18720f55.pth",
    ("squeeze", "0.0"): "LPIPS_v0.0_squeeze-c27abd3a.pth",
    ("vgg", "0.0"): "LPIPS_v0.0_vgg-b9e42362.pth",
    ("alex", "0.1"): "LPIPS_v0.1_alex-df73285e.pth",
    ("squeeze", "0.1"): "LPIPS_v0.1_squeeze-4a5350f2.pth",
    ("vgg", "0.1"): "LPIPS_v0.1_vgg-a78928a0.pth",
}


def heads_path(folder, net, version):
    return os.path.join(folder, "lpips", f"v{version}", f"{net}.pth")


def heads_of(folder, net, version):
    return torch.load(heads_path(folder, net, version), map_location="cpu", weights_only=True)


def plant(folder, torch_home):
    """Writes the files that torch.hub would have fetched; the classifiers, which no metric reads, are zeros."""
    checkpoints = os.path.join(torch_home, "hub", "checkpoints")
    for folder_of in ("checkpoints", "pyiqa"):
        os.makedirs(os.path.join(torch_home, "hub", folder_of), exist_ok=True)
    os.environ["TORCH_HOME"] = torch_home
    import torchvision

    for features, name, model in BACKBONES.values():
        path = os.path.join(checkpoints, name)
        if os.path.exists(path):
            continue
        state = load_file(os.path.join(folder, features))
        with torch.device("meta"):
            shapes = getattr(torchvision.models, model)(weights=None).state_dict()
        for key, value in shapes.items():
            if key not in state:
                if key.startswith("features."):
                    raise KeyError(f"{features} has no {key}")
                state[key] = torch.zeros(()).expand(value.shape)
        torch.save(state, path)
    for (net, version), name in PYIQA_HEADS.items():
        torch.save(heads_of(folder, net, version), os.path.join(torch_home, "hub", "pyiqa", name))
    torch.save(list(heads_of(folder, "vgg", "0.1").values()), os.path.join(checkpoints, "lpips_weights.pt"))  # piq
