"""The sizes of a RAM++ network, read from the shapes of its checkpoint's tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, takewhile
from typing import TYPE_CHECKING, Final

from udfs.setup_errors import ModelError

if TYPE_CHECKING:
    import torch

# The attention heads of the tagging head: the one size that no tensor's shape tells.
HEADS: Final = 4
VISUAL: Final = "visual_encoder"
TAGGING: Final = "tagging_head.encoder.layer"


@dataclass(frozen=True)
class Sizes:
    """Widths, depths and heads. `window` is in patches; `joint` is the width that images and labels share."""

    patch: int
    embed: int
    depths: tuple[int, ...]
    heads: tuple[int, ...]
    window: int
    mlp_ratio: float
    joint: int
    hidden: int
    inner: int
    layers: int

    @property
    def width(self) -> int:
        """Channels of the last stage; they double from stage to stage."""
        return int(self.embed * 2 ** (len(self.depths) - 1))

    @property
    def image(self) -> int:
        """The side, in pixels, of the images that the network was trained on: its last stage is one window."""
        return int(self.window * self.patch * 2 ** (len(self.depths) - 1))

    def image_size(self, wanted: int | None) -> int:
        """`wanted`, or the size of training for None. Raises ModelError if a stage would not have whole windows."""
        if wanted is None:
            return self.image
        if wanted < 1 or wanted % self.image:
            raise ModelError(
                f"size {wanted}: these weights take images with sides of {self.image} pixels, or a multiple"
            )
        return wanted


# RAM++ as published, trained on 14 million images: the sizes of `ram_plus_swin_large_14m.pth`.
SWIN_LARGE: Final = Sizes(
    patch=4,
    embed=192,
    depths=(2, 2, 18, 2),
    heads=(6, 12, 24, 48),
    window=12,
    mlp_ratio=4.0,
    joint=512,
    hidden=768,
    inner=3072,
    layers=2,
)


def read_sizes(state: Mapping[str, torch.Tensor], what: str) -> Sizes:
    """The sizes of the tensors `state`, which have the original's names; raises ModelError that names a missing one.

    The loader checks that every tensor has these sizes.
    """
    depths = tuple(
        _run(state, f"{VISUAL}.layers.{stage}.blocks")
        for stage in takewhile(lambda stage: _run(state, f"{VISUAL}.layers.{stage}.blocks"), count())
    )
    embed, _, patch, _ = _shape(state, f"{VISUAL}.patch_embed.proj.weight", 4, what)
    tables = [
        _shape(state, f"{VISUAL}.layers.{stage}.blocks.0.attn.relative_position_bias_table", 2, what)
        for stage in range(max(1, len(depths)))
    ]
    hidden, joint = _shape(state, "wordvec_proj.weight", 2, what)
    if hidden % HEADS:
        raise ModelError(f"weights {what}: the tagging head is {hidden} wide, which {HEADS} heads do not divide")
    return Sizes(
        patch=patch,
        embed=embed,
        depths=depths,
        heads=tuple(heads for _, heads in tables),
        window=_window(tables[0][0], what),
        mlp_ratio=_shape(state, f"{VISUAL}.layers.0.blocks.0.mlp.fc1.weight", 2, what)[0] / embed,
        joint=joint,
        hidden=hidden,
        inner=_shape(state, f"{TAGGING}.0.intermediate.dense.weight", 2, what)[0],
        layers=_run(state, TAGGING),
    )


def _run(state: Mapping[str, torch.Tensor], prefix: str) -> int:
    """How many of prefix.0, prefix.1, ... exist without a gap."""
    found = {name.removeprefix(f"{prefix}.").partition(".")[0] for name in state if name.startswith(f"{prefix}.")}
    return sum(1 for _ in takewhile(lambda number: str(number) in found, count()))


def _shape(state: Mapping[str, torch.Tensor], name: str, dimensions: int, what: str) -> tuple[int, ...]:
    if name not in state:
        raise ModelError(f"weights {what} do not fit: {name} is missing; expected the checkpoint of RAM++")
    shape = tuple(state[name].shape)
    if len(shape) != dimensions:
        raise ModelError(f"weights {what} do not fit: {name} is {shape}, expected {dimensions} dimensions")
    return shape


def _window(rows: int, what: str) -> int:
    """The side of a window whose table has one row per relative position; there are (2 side - 1)^2 of them."""
    side = math.isqrt(rows)
    if side * side != rows or side % 2 == 0:
        raise ModelError(f"weights {what} do not fit: a bias table of {rows} rows is that of no square window")
    return (side + 1) // 2
