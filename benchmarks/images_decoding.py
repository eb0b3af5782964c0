"""Decoding and resizing alone, our way beside Pillow's, in processor time of one thread."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.document import Table
from benchmarks.jpegs import SIZES, drawn, enlarged, photos
from udfs.images.decode.decoding import decode
from udfs.images.decode.policies import DEFAULT
from udfs.images.decode.preparation import prepare
from udfs.images.decode.preprocessing import Preprocessing

TURNS = 5
Way = Callable[[bytes], Any]
COLUMNS = (
    "images", "Pillow", "ours", "x", "two sizes: Pillow", "ours", "x", "decode only: Pillow", "ours", "max", "mean",
)  # fmt: skip


def decoding_table(sizes: Mapping[int, int] = SIZES) -> Table:
    """Drawn images and photos of each longer side in pixels, so many of each."""
    rows = []
    for side, count in sizes.items():
        rows.append([f"{side} px, drawn", *_measured(drawn(side, count))])
        if images := photos(side, count):
            name = f"{side} px, photos ({enlarged(side, count)} of {len(images)} enlarged)"
            rows.append([name, *_measured(images)])
    return Table(COLUMNS, rows, "Decoding and resizing to 384 x 384, and to 384 x 384 and 224 x 224")


def turns(ways: Mapping[str, Way], images: Sequence[bytes]) -> dict[str, float]:
    """Median seconds an image of each way, of this thread's processor time, taken in turns."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(TURNS + 1):
        for name, way in ways.items():
            start = time.thread_time()
            for data in images:
                way(data)
            # The first turn warms up.
            spent[name] += [(time.thread_time() - start) / len(images)] if turn else []
    return {name: statistics.median(each) for name, each in spent.items()}


def _measured(images: Sequence[bytes]) -> list[str]:
    large, small = (_square(size) for size in (384, 224))
    ways: dict[str, Way] = {
        "pillow": lambda data: _by_pillow(data, 384),
        "ours": lambda data: prepare(data, [large], DEFAULT),
        "pillow twice": lambda data: (_by_pillow(data, 384), _by_pillow(data, 224)),
        "ours twice": lambda data: prepare(data, [large, small], DEFAULT),
        "pillow decode": lambda data: Image.open(io.BytesIO(data)).convert("RGB"),
        "our decode": lambda data: decode(data, DEFAULT),
    }
    spent = turns(ways, images)
    found = [_difference(data, large) for data in images]
    most, mean = max(one.max() for one in found), float(np.mean([one.mean() for one in found]))
    pairs = [("pillow", "ours"), ("pillow twice", "ours twice")]
    cells = [cell for a, b in pairs for cell in (_ms(spent[a]), _ms(spent[b]), f"{spent[a] / spent[b]:.2f}")]
    return [*cells, _ms(spent["pillow decode"]), _ms(spent["our decode"]), str(most), f"{mean:.3f}"]


def _by_pillow(data: bytes, side: int) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB").resize((side, side), Image.Resampling.BILINEAR)


def _difference(data: bytes, view: Preprocessing) -> np.ndarray:
    """Grey levels between Pillow's pixels and ours, [H, W, 3]."""
    pixels = prepare(data, [view], DEFAULT).pixels
    assert pixels is not None
    theirs = np.asarray(_by_pillow(data, view.size[0])).astype(int)
    return np.abs(pixels[0].permute(1, 2, 0).numpy().astype(int) - theirs)


def _square(side: int) -> Preprocessing:
    return Preprocessing((side, side), "squash", "bilinear", (0, 0, 0), (1, 1, 1))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"
