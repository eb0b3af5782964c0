"""One image from bytes to what the models take: decoded once, and resized once for each different preprocessing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from udfs import statuses
from udfs.images.decode.decoding import decode
from udfs.images.decode.policies import ImagePolicy
from udfs.images.decode.preprocessing import Preprocessing

# Seconds after which an image counts as one that never ends: the largest allowed takes a few, on a busy machine.
LIMIT: Final = 300.0

# uint8 [3, H, W] by each preprocessing, in the order that was asked for.
Pixels = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Prepared:
    """An image ready for the models, or the reason why there is none."""

    pixels: Pixels | None
    status: str = statuses.OK
    detail: str | None = None


def prepare(data: bytes, views: Sequence[Preprocessing], policy: ImagePolicy) -> Prepared:
    """Decode and preprocess one image; what cannot be is a status."""
    decoded = decode(data, policy)
    image = decoded.image
    if image is None:
        return Prepared(None, decoded.status, decoded.detail)
    try:
        return Prepared(tuple(view.pixels(image) for view in views))
    # A decoded image that cannot be resized (too little memory, which torch says by a RuntimeError) is bad data, not a
    # bad program.
    except (MemoryError, RuntimeError, ValueError, ZeroDivisionError) as error:
        return Prepared(None, statuses.DECODE_ERROR, f"preprocessing: {type(error).__name__}: {error}"[:300])


def timed(data: bytes, views: Sequence[Preprocessing], policy: ImagePolicy) -> tuple[Prepared, float]:
    """`prepare`, and the processor's seconds that it took."""
    start = time.thread_time()
    return prepare(data, views, policy), time.thread_time() - start
