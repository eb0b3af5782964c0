"""The labels of RAM++: a safetensors file of text embeddings, and the labels' names in a .txt beside it.

The tensor `label_embed` [N * D, width] holds the D descriptions of the first label, then those of the second, and so
on; rows have length 1. N is the number of names, and D is the number of rows divided by N. This module imports torch
only when a tensor is read, so that a driver can plan without it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from udfs.images.models import weights as weight_files
from udfs.setup_errors import ModelError

if TYPE_CHECKING:
    import torch

TENSOR: Final = "label_embed"
ENDING: Final = ".safetensors"
# `paper` takes the mean of a label's descriptions (arXiv 2404.04125); `upstream` weights them per image (RAM++).
MODES: Final = ("paper", "upstream")
# Rows may have been stored in 16 bit, which keeps lengths to 1e-3.
UNIT_TOLERANCE: Final = 1e-2


@dataclass(frozen=True)
class LabelFile:
    """A file of labels; `digest` (sha256) identifies its contents, so other contents make another value."""

    source: str
    names: tuple[str, ...]
    digest: str

    def identity(self) -> dict[str, Any]:
        """The labels for a spec."""
        return {"embeddings": self.digest, "names": hashlib.sha256("\n".join(self.names).encode()).hexdigest()}

    def embeddings(self, mode: str) -> torch.Tensor:
        """float32 [N, D, width], rows of length 1. In mode `paper` D is 1: the normalised mean of a label's rows."""
        import torch.nn.functional as F

        rows = _rows(self.source, self.digest)
        each = rows.view(len(self.names), -1, rows.shape[1])
        return F.normalize(each.mean(dim=1, keepdim=True), dim=-1) if mode == "paper" and each.shape[1] > 1 else each


def read_labels(source: str) -> LabelFile:
    """The labels of a file (a path, a URI or package:NAME/FILE): names and digest. Only the tensor's shape is read."""
    names, rows = read_names(source), _row_count(source)
    if rows % len(names):
        raise ModelError(
            f"labels {source}: {rows} rows of {TENSOR} for {len(names)} names in {names_source(source)}: each name "
            "needs the same number of rows"
        )
    return LabelFile(source, names, weight_files.weights_digest(source))


def read_names(source: str) -> tuple[str, ...]:
    """The names beside the labels `source`, one per line in the order of the tensor, distinct."""
    beside = names_source(source)
    names = tuple(line.strip() for line in weight_files.resolve(beside).read_text("utf-8-sig").splitlines())
    if not names or not all(names):
        raise ModelError(f"{beside}: line {names.index('') + 1 if names else 1} is empty; expected a name on each")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ModelError(f"{beside}: the name {twice!r} occurs twice; expected each label once")
    return names


def names_source(source: str) -> str:
    """The source of the names that belong to the labels `source`."""
    if not source.endswith(ENDING):
        raise ModelError(f"labels {source}: expected a file that ends in {ENDING}, with the names in a .txt beside it")
    return source.removesuffix(ENDING) + ".txt"


def write_labels(output: Path, names: Sequence[str], embeddings: torch.Tensor, about: Mapping[str, Any]) -> None:
    """Write embeddings [N, D, width] and the N names beside them: the same bytes for the same content.

    `about`, the origin of the labels, is written to the file's header as JSON under the single key `conceptfreq`,
    because safetensors orders several keys at random.
    """
    from safetensors.torch import save

    header = {"conceptfreq": json.dumps(dict(about), sort_keys=True)}
    _replace(output, save({TENSOR: embeddings.flatten(0, 1).contiguous()}, header))
    _replace(Path(names_source(str(output))), "".join(f"{name}\n" for name in names).encode())


def _row_count(source: str) -> int:
    """The number of rows of the tensor, from the file's header."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(weight_files.resolve(source), "np") as file:
            names = file.keys()
            shapes = {name: file.get_slice(name).get_shape() for name in names}
    except SafetensorError as error:
        raise ModelError(f"labels {source}: this is no safetensors file ({error})") from None
    if len(shapes.get(TENSOR, ())) != 2:
        found = ", ".join(f"{name} {shape}" for name, shape in sorted(shapes.items())[:3])
        raise ModelError(f"labels {source}: expected the tensor {TENSOR} [rows, width], found {found}")
    rows: int = shapes[TENSOR][0]
    return rows


def _rows(source: str, digest: str) -> torch.Tensor:
    """The tensor as float32 [N * D, width] on the CPU."""
    rows = weight_files.load_state(source, digest)[TENSOR].float()
    lengths = rows.norm(dim=1)
    worst = int((lengths - 1).abs().argmax())
    if not abs(float(lengths[worst]) - 1) <= UNIT_TOLERANCE:
        raise ModelError(f"labels {source}: row {worst} has length {float(lengths[worst]):.4g}, expected 1")
    return rows


def _replace(path: Path, content: bytes) -> None:
    """Replace a file at once: a reader finds the old file or the whole new one."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
