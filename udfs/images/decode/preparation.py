"""Prepares one image for the models: decodes it once, and resizes it once for each distinct preprocessing."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import torch

from udfs import statuses
from udfs.images.decode.decoding import decode
from udfs.images.decode.facts import Facts, Hash, perceptual_hash, sha256
from udfs.images.decode.policies import ImagePolicy
from udfs.images.decode.preprocessing import Preprocessing

# Seconds after which decoding counts as endless. The largest allowed image takes a few seconds on a busy machine.
LIMIT: Final = 300.0

# uint8 [3, H, W] for each preprocessing, in the order in which they were asked for.
Pixels = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Prepared:
    """An image ready for the models, or the reason why there is none; and what is known of it without them."""

    pixels: Pixels | None
    status: str = statuses.OK
    detail: str | None = None
    facts: Facts = Facts()


def prepare(
    data: bytes, views: Sequence[Preprocessing], policy: ImagePolicy, hashes: Collection[Hash] = ()
) -> Prepared:
    """Decode, hash and preprocess one image; an image that cannot be prepared gets a status."""
    known = Facts(sha256(data, hashes))
    decoded = decode(data, policy)
    image = decoded.image
    if image is None or decoded.size is None:
        return Prepared(None, decoded.status, decoded.detail, known)
    try:
        facts = Facts(known.sha256, perceptual_hash(image, hashes), decoded.format, *decoded.size)
        return Prepared(tuple(view.pixels(image) for view in views), facts=facts)
    # If a decoded image cannot be resized (for lack of memory torch raises RuntimeError), the data are bad, not the
    # program.
    except (MemoryError, RuntimeError, ValueError, ZeroDivisionError) as error:
        detail = f"preprocessing: {type(error).__name__}: {error}"[:300]
        return Prepared(None, statuses.DECODE_ERROR, detail, known)


def timed(
    data: bytes, views: Sequence[Preprocessing], policy: ImagePolicy, hashes: Collection[Hash] = ()
) -> tuple[Prepared, float]:
    """The result of `prepare`, and the seconds of processor time that it took."""
    start = time.thread_time()
    return prepare(data, views, policy, hashes), time.thread_time() - start
