"""The image-caption pairs of a webdataset corpus, decoded for training.

All pixels are held in memory as uint8 at the model's size: 3 KiB per pair at 32 pixels, 60 MB for the drawn corpus. A
corpus that does not fit into memory is too large for the tiny model anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from udfs import statuses
from udfs.images.decode.decoding import decode
from udfs.images.decode.preprocessing import Picture, Preprocessing
from udfs.shards.image_reads import UnreadImage, read_images
from udfs.shards.registry import reader
from udfs.shards.samples import Sample

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pixels uint8 [N, 3, size, size] and their N captions."""

    pixels: torch.Tensor
    captions: tuple[str, ...]


def load_pairs(corpus: str | Path, size: int) -> Pairs:
    """Every sample of the corpus folder that has a caption and an image that can be decoded.

    Raises FileNotFoundError if the folder holds no shard, ValueError if no sample has both.
    """
    pixels: list[np.ndarray] = []
    captions: list[str] = []
    seen = 0
    for shard in shard_names(corpus):
        for sample, data in _bodies(str(corpus), shard):
            seen += 1
            if isinstance(data, UnreadImage):
                continue
            decoded = decode(data)
            if decoded.image is not None and sample.caption:
                pixels.append(_square(decoded.image, size))
                captions.append(sample.caption)
    if not captions:
        raise ValueError(f"{corpus}: none of its {seen} images with captions can be decoded")
    if len(captions) < seen:
        logger.warning("%s: %d of %d pairs cannot be used", corpus, seen - len(captions), seen)
    return Pairs(torch.from_numpy(np.stack(pixels)), tuple(captions))


def shard_names(corpus: str | Path) -> list[str]:
    """The names of the webdataset shards in a local folder, sorted."""
    endings = reader("webdataset", {}).extensions
    names = sorted(path.name for path in Path(corpus).iterdir() if path.name.endswith(endings))
    if not names:
        raise FileNotFoundError(f"{corpus} holds no webdataset shard ({', '.join(endings)})")
    return names


def _bodies(corpus: str, shard: str) -> Iterator[tuple[Sample, bytes | UnreadImage]]:
    read = reader("webdataset", {}).read(str(Path(corpus, shard)), shard)
    samples = [one for one in read if one.status == statuses.OK and one.image is not None and one.caption]
    rows = ((shard, one.sample, _place(one)) for one in samples)
    yield from zip(samples, read_images(corpus, rows), strict=True)


def _place(sample: Sample) -> dict[str, Any]:
    place = sample.image
    assert place is not None
    return {
        "layout": place.layout,
        "offset": place.offset,
        "length": place.length,
        "row_group": place.row_group,
        "row": place.row,
    }


def _square(image: Picture, size: int) -> np.ndarray:
    """An RGB image as uint8 [3, size, size], preprocessed as at inference by the trained model."""
    pixels = Preprocessing((size, size), "shortest", "bicubic", mean=(0, 0, 0), std=(1, 1, 1)).pixels(image)
    return np.ascontiguousarray(pixels)
