"""The golden vectors of RAM++ (../shared/ram_plus/small224) as a user has them: pictures, and a tagger's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from udfs.images.models import weights
from udfs.images.models.ram_plus.labels import write_labels

# In the order of the expected tensors.
PICTURES = ("a_rgb_500x333", "b_rgba_210x640", "c_gray_97x61", "d_palette_384x384")
NAMES = tuple(f"label {number}" for number in range(30))
# What the original computed in each of our modes.
EXPECTED = {"paper": "mean", "upstream": "multi"}


def folder(shared: Path) -> Path:
    """Where they lie."""
    return shared / "ram_plus" / "small224"


def pictures(shared: Path) -> list[Path]:
    """The PNG files."""
    return [folder(shared) / f"{name}.png" for name in PICTURES]


def tagger_settings(shared: Path, target: Path, mode: str) -> dict[str, Any]:
    """A tagger's section: the checkpoint, and its own 51 descriptions of each label as a file in `target`."""
    checkpoint = str(folder(shared) / "checkpoint.pth")
    rows = weights.load_state(checkpoint)["label_embed"]
    write_labels(target / "labels.safetensors", NAMES, rows.view(len(NAMES), 51, 512), {})
    return {"kind": "ram_plus", "weights": checkpoint, "labels": str(target / "labels.safetensors"), "mode": mode}


def pixel_values(shared: Path) -> torch.Tensor:
    """The pixels of the pictures as the original's network took them: float32 [4, 3, 224, 224], normalised."""
    return weights.load_state(str(folder(shared) / "expected.safetensors"))["pixel_values"]


def expected(shared: Path, what: str, mode: str) -> torch.Tensor:
    """The "logits" or "probs" [4, 30] of the pictures in a mode."""
    return weights.load_state(str(folder(shared) / "expected.safetensors"))[f"{what}_{EXPECTED[mode]}"]
