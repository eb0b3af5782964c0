"""A timm classifier as tagger: the softmax over its classes.

Settings: model (a timm name), weights, and optionally sha256, classes (a file with one class name per line, in the
order of the model's outputs; by default the 1,000 of ImageNet), mean, std, interpolation, crop (by default timm's for
the model). If several classes have the same name, the name's score is the highest of their scores.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from typing import Any, Final

import torch

from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.devices import exact_inference
from udfs.images.models import weights as weight_files
from udfs.images.models.taggers.class_names import imagenet_names, read_classes
from udfs.setup_errors import ModelError

KEYS: Final = frozenset({"model", "weights", "sha256", "classes", "mean", "std", "interpolation", "crop"})
# timm's names of the ways to fit an image into the size -> ours.
FITS: Final = {"center": "shortest", "squash": "squash", "border": "longest"}


@dataclass(frozen=True, eq=False)
class ClassifierTagger:
    """A loaded classifier. `column_label[i]` is the index in `labels` of output i's name."""

    network: Any
    preprocessing: Preprocessing
    labels: tuple[str, ...]
    column_label: torch.Tensor

    def scores(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, H, W] -> probabilities [B, N] of the distinct names, float32, on the device."""
        with exact_inference(pixels.device):
            classes = self.network(self.preprocessing.normalised(pixels)).float().softmax(dim=-1)
            return strongest(classes, self.column_label, len(self.labels))


def strongest(classes: torch.Tensor, column_label: torch.Tensor, count: int) -> torch.Tensor:
    """Scores of classes [B, C] -> scores of names [B, count]: the highest of the classes that share a name."""
    if count == len(column_label):
        return classes
    names = classes.new_zeros((len(classes), count))
    return names.scatter_reduce(1, column_label.expand(len(classes), -1), classes, reduce="amax")


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that can change a score."""
    source = _weights(config)
    classes = read_classes(str(config["classes"])) if config.get("classes") else imagenet_names()
    return {
        "model": config["model"],
        "weights": weight_files.check_digest(source, config.get("sha256")),
        "classes": hashlib.sha256("\n".join(classes).encode()).hexdigest(),
        "preprocessing": _overrides(config),
        "timm": metadata.version("timm"),
    }


def build(config: Mapping[str, Any], labels: Sequence[str], device: torch.device) -> ClassifierTagger:
    """The classifier of these settings, loaded once per process for the same settings, weights and device."""
    source = _weights(config)
    digest = weight_files.check_digest(source, config.get("sha256"))
    overrides = json.dumps(_overrides(config), sort_keys=True)
    classes = read_classes(str(config["classes"])) if config.get("classes") else imagenet_names()
    return _load(str(config["model"]), source, digest, classes, overrides, device)


@lru_cache(maxsize=4)
def _load(
    model: str, source: str, digest: str, classes: tuple[str, ...], overrides: str, device: torch.device
) -> ClassifierTagger:
    import timm

    if ":" in model or not timm.is_model(model):
        raise ModelError(f"model {model!r} is not one that timm builds by itself; nothing is downloaded here")
    network = timm.create_model(model, pretrained=False, num_classes=len(classes))
    network.load_state_dict(
        fit_names(weight_files.load_state(source, digest), network.state_dict(), f"{source} for {model}")
    )
    # Channels last makes EfficientNet-Lite0 1.6 times as fast on one core.
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last).to(device)
    number = {name: at for at, name in enumerate(dict.fromkeys(classes))}
    column_label = torch.tensor([number[name] for name in classes], device=device)
    return ClassifierTagger(network, _preprocessing(network, json.loads(overrides)), tuple(number), column_label)


def fit_names(
    state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor], what: str
) -> dict[str, torch.Tensor]:
    """`state` under the names of the model's own tensors.

    lukemelas' EfficientNet files (`_conv_stem.weight`, ...) hold the tensors of timm's tf_efficientnet in the same
    order under other names, so they are matched one by one. Every shape is checked; a ModelError names a tensor that
    does not fit.
    """
    pairs = list(zip(state, wanted, strict=False))
    if "_conv_stem.weight" in state and len(state) == len(wanted):
        other = next(((a, b) for a, b in pairs if a.rpartition(".")[2] != b.rpartition(".")[2]), None)
        if other:
            raise ModelError(f"weights {what} do not fit: {other[0]} is in the place of {other[1]}")
        state = {ours: state[theirs] for theirs, ours in pairs}
    missing, unknown = sorted(set(wanted) - set(state)), sorted(set(state) - set(wanted))
    if missing or unknown:
        raise ModelError(f"weights {what} do not fit: missing {_some(missing)}; not in the model {_some(unknown)}")
    for name, tensor in wanted.items():
        if state[name].shape != tensor.shape:
            raise ModelError(
                f"weights {what} do not fit: {name} is {tuple(state[name].shape)}, expected {tuple(tensor.shape)}"
            )
    return dict(state)


def _preprocessing(network: Any, overrides: Mapping[str, Any]) -> Preprocessing:
    """The preprocessing of timm at evaluation by a model's data configuration (timm/data/transforms_factory.py)."""
    from timm.data import resolve_data_config

    data = {**resolve_data_config({}, model=network), **overrides}
    if data["interpolation"] not in ("bilinear", "bicubic"):
        raise ModelError(f"interpolation {data['interpolation']!r}: expected bilinear or bicubic; set interpolation")
    mean = tuple(float(part) for part in data["mean"])
    return Preprocessing(
        size=tuple(data["input_size"][1:]),
        fit=FITS[data["crop_mode"]],  # type: ignore[arg-type]
        interpolation=data["interpolation"],
        mean=mean,  # type: ignore[arg-type]
        std=tuple(float(part) for part in data["std"]),  # type: ignore[arg-type]
        crop=float(data["crop_pct"]),
        fill=tuple(round(255 * part) for part in mean),  # type: ignore[arg-type]
    )


def _overrides(config: Mapping[str, Any]) -> dict[str, Any]:
    """The preprocessing that the settings change, under timm's names; one number as mean or std means all colours."""
    found: dict[str, Any] = {}
    for key in ("mean", "std"):
        if config.get(key) is not None:
            value = config[key]
            found[key] = [float(value)] * 3 if isinstance(value, (int, float)) else [float(part) for part in value]
            if len(found[key]) != 3:
                raise ModelError(f"{key}: {value!r}: expected one number or three")
    if config.get("interpolation") is not None:
        found["interpolation"] = str(config["interpolation"])
    if config.get("crop") is not None:
        found["crop_pct"] = float(config["crop"])
    return found


def _weights(config: Mapping[str, Any]) -> str:
    for key in ("model", "weights"):
        if not config.get(key):
            raise ModelError(f"a classifier needs {key} in its settings; nothing is downloaded here")
    return str(config["weights"])


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:3])} and {len(names) - 3} more" if len(names) > 3 else ", ".join(names) or "nothing"
