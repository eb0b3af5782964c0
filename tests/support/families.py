"""A small tagger of each family, as settings over files that are written for it: scores that differ by picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import clips
import numpy as np
import numpy.typing as npt
import random_ram_plus
import tiny

from udfs import statuses
from udfs.images.feature_rows import FeatureRow
from udfs.images.models.taggers import registry
from udfs.images.running.loaded_models import Models, load_models
from udfs.images.running.pipeline import Pipeline

# "efficientnet_lite0" has real weights, from a package; all others are random.
KINDS = (
    "clip",
    "clip_100",
    "test_vit",
    "test_efficientnet",
    "efficientnet_lite0",
    "ram_plus_paper",
    "ram_plus_upstream",
    "ram_plus_192",
    "ram_plus_256",
    "ram_plus_384",
)
NAMES = (
    "dog",
    "red car",
    "mountain",
    "clock",
    "people eating",
    "ship",
    "tree",
    "guitar",
    "1969",
    "snow",
    "tea",
    "map",
    "owl",
)
# Of a ResNet with random weights all pictures look alike.
VIT = {**clips.CLIP, "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "head_width": 16, "patch_size": 8}}

# timm's two smallest, and the deviation of their last layers with which one class of a few stands out.
HEADS = {"test_vit": 0.25, "test_efficientnet": 4.0}


def tagger(kind: str, folder: Path) -> dict[str, Any]:
    """The settings of the tagger of this kind; its files lie in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "efficientnet_lite0":
        return dict(tiny.TAGGER)
    if kind in HEADS:
        return _classifier(folder, kind)
    if kind.startswith("clip"):
        # Models that are trained end with a factor of 100, their training begins with 14.
        return _clip(folder, scale=100.0 if kind == "clip_100" else 1 / 0.07)
    what = kind.removeprefix("ram_plus_")
    # 384 pixels: as many as the published network takes, so as many images a forward.
    return {**_ram_plus(folder, "paper"), "size": int(what)} if what.isdigit() else _ram_plus(folder, what)


def models(settings: dict[str, Any], **options: Any) -> Models:
    """The tagger alone, on the CPU unless the options say something else, with every score kept."""
    return load_models(settings, None, NAMES, **{"floor": -1.0, "device": "cpu", **options})


def scores(
    loaded: Models, pictures: Sequence[bytes], settings: dict[str, Any], threads: int = 2
) -> npt.NDArray[np.float32]:
    """The scores [B, N] of pictures through one pipeline."""
    rows = ((FeatureRow("s", str(at), statuses.OK), data) for at, data in enumerate(pictures))
    found = []
    for row in Pipeline(loaded, registry.default_policy(settings), threads).run(rows):
        assert row.status == statuses.OK and row.sample == str(len(found)) and row.found is not None
        every = np.full(len(row.found.labels), np.nan, np.float32)
        every[row.found.labels] = row.found.scores
        found.append(every)
    assert len(found) == len(pictures)
    return np.stack(found)


def _clip(folder: Path, scale: float) -> dict[str, Any]:
    import torch
    from safetensors.torch import load_file, save_file

    file = clips.save_clip(folder, VIT) / "open_clip_model.safetensors"
    save_file({**load_file(file), "logit_scale": torch.tensor(math.log(scale))}, file)
    return {"kind": "clip", "model": str(folder), "prompts": "class"}


def _classifier(folder: Path, model: str) -> dict[str, Any]:
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(7)
    network = timm.create_model(model, num_classes=len(NAMES))
    torch.nn.init.normal_(network.get_classifier().weight, std=HEADS[model])
    save_file(network.state_dict(), folder / "classifier.safetensors")
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in NAMES))
    files = {"weights": str(folder / "classifier.safetensors"), "classes": str(folder / "classes.txt")}
    return {"kind": "classifier", "model": model, **files}


def _ram_plus(folder: Path, mode: str) -> dict[str, Any]:
    import torch

    state = random_ram_plus.random_state(random_ram_plus.TINY)
    # As at the start of a training all pictures score nearly the same.
    louder = {name: tensor * (1 if tensor.dim() == 1 else 5) for name, tensor in state.items()}
    torch.save({"model": louder}, folder / "ram_plus.pth")
    labels = random_ram_plus.write_labels(folder / "labels.safetensors", NAMES, descriptions=3)
    return {"kind": "ram_plus", "weights": str(folder / "ram_plus.pth"), "labels": str(labels), "mode": mode}
