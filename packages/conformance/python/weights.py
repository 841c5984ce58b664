"""Official weights from a folder, planted where torchvision and the packages look for what they would download."""

import os
import shutil

#: Of each net: a safetensors file, torchvision's own file, and the model that it belongs to.
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


def first_there(folder, names):
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    raise FileNotFoundError(f"expected {' or '.join(names)} in {folder}, got none. 'lpips weights fetch' brings it.")


def backbone_path(folder, net):
    """The convolutions of a net: a safetensors file, also as `lpips weights fetch` writes it, or torchvision's own file."""
    features, published, _ = BACKBONES[net]
    return first_there(folder, [features, published.replace(".pth", ".features.safetensors"), published])


def heads_path(folder, net, version):
    name = os.path.join(f"v{version}", f"{net}.pth")
    return first_there(folder, [name, os.path.join("lpips", name), os.path.join("weights", name)])


def check_weights(folder, nets):
    """Raises FileNotFoundError, naming a file of these nets that the folder lacks."""
    for net in nets:
        backbone_path(folder, net)
        for version in ("0.1", "0.0"):
            heads_path(folder, net, version)


def heads_of(folder, net, version):
    import torch

    return torch.load(heads_path(folder, net, version), map_location="cpu", weights_only=True)


def plant(folder, torch_home, nets=tuple(BACKBONES)):
    """Writes the files that torch.hub would have fetched; the classifiers, which no metric reads, are zeros."""
    import torch
    from safetensors.torch import load_file

    checkpoints = os.path.join(torch_home, "hub", "checkpoints")
    for folder_of in ("checkpoints", "pyiqa"):
        os.makedirs(os.path.join(torch_home, "hub", folder_of), exist_ok=True)
    os.environ["TORCH_HOME"] = torch_home
    import torchvision

    for net in nets:
        _, name, model = BACKBONES[net]
        source, path = backbone_path(folder, net), os.path.join(checkpoints, name)
        if os.path.exists(path):
            continue
        if source.endswith(".pth"):
            shutil.copyfile(source, path)
            continue
        state = load_file(source)
        with torch.device("meta"):
            shapes = getattr(torchvision.models, model)(weights=None).state_dict()
        for key, value in shapes.items():
            if key not in state:
                if key.startswith("features."):
                    raise KeyError(f"{source} has no {key}")
                state[key] = torch.zeros(()).expand(value.shape)
        torch.save(state, path)
    for (net, version), name in PYIQA_HEADS.items():
        if net in nets:
            torch.save(heads_of(folder, net, version), os.path.join(torch_home, "hub", "pyiqa", name))
    if "vgg" in nets:
        torch.save(list(heads_of(folder, "vgg", "0.1").values()), os.path.join(checkpoints, "lpips_weights.pt"))  # piq
