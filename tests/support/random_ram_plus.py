"""RAM++ with random weights under the original's names: for tests, and of full size for benchmarks.

Its scores mean nothing; its cost is that of the real one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from udfs.images.models.ram_plus.checkpoint import original_name
from udfs.images.models.ram_plus.labels import TENSOR
from udfs.images.models.ram_plus.network import RamPlusNetwork
from udfs.images.models.ram_plus.sizes import Sizes

# A forward of 2 ms: images of 64 pixels, all parts there, windows that shift in all stages but the last.
TINY = Sizes(
    patch=4,
    embed=8,
    depths=(2, 2, 2, 2),
    heads=(1, 2, 4, 8),
    window=2,
    mlp_ratio=4.0,
    joint=32,
    hidden=24,
    inner=96,
    layers=2,
)


def random_state(sizes: Sizes, seed: int = 0) -> dict[str, torch.Tensor]:
    """Tensors under the checkpoint's names. Deviation 0.02 as at the start of training, norms at one."""
    with torch.device("meta"):
        wanted = RamPlusNetwork(sizes, sizes.image).state_dict()
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, tensor in wanted.items():
        values = torch.empty(tensor.shape).normal_(0, 0.02, generator=generator)
        is_norm = name.endswith("weight") and tensor.dim() == 1
        state[original_name(name)] = values + 1 if is_norm else values
    return state


def write_checkpoint(path: Path, sizes: Sizes = TINY, seed: int = 0) -> Path:
    """A checkpoint file as the original saves it."""
    torch.save({"model": random_state(sizes, seed), "epoch": 0}, path)
    return path


def write_labels(path: Path, names: Sequence[str], descriptions: int = 1, width: int = 32, seed: int = 0) -> Path:
    """A file of labels with random directions for embeddings, and their names beside it."""
    rows = torch.randn(len(names) * descriptions, width, generator=torch.Generator().manual_seed(seed))
    save_file({TENSOR: F.normalize(rows, dim=-1)}, path)
    path.with_suffix(".txt").write_text("".join(f"{name}\n" for name in names), "utf-8")
    return path


def tagger_settings(folder: Path, names: Sequence[str], sizes: Sizes = TINY, **more: Any) -> Mapping[str, Any]:
    """A tagger's section over files that are written to `folder`."""
    weights = write_checkpoint(folder / "ram_plus.pth", sizes)
    labels = write_labels(folder / "labels.safetensors", names, width=sizes.joint)
    return {"kind": "ram_plus", "weights": str(weights), "labels": str(labels), **more}
