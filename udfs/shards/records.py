"""What a reader yields for each thing it meets in a shard, and how that becomes Arrow rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from udfs.schemas import LOCATION, SAMPLES
from udfs.shards.captions import clean_caption, foreign_letters

# The name of the one row that speaks of the shard as a whole.
WHOLE_SHARD = "#shard"

IMAGE_EXTENSIONS = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff")


@dataclass(frozen=True, slots=True)
class Location:
    """Where an image lies in its shard: see `udfs.schemas.LOCATION`. Offsets and lengths are in bytes."""

    layout: str
    offset: int | None = None
    length: int | None = None
    row_group: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing read. `sample` is unique in its shard; `status` is one of `udfs.statuses`."""

    sample: str
    status: str
    detail: str | None = None
    caption: str | None = None
    caption_repaired: bool = False
    url: str | None = None
    width: int | None = None
    height: int | None = None
    image: Location | None = None


class Names:
    """Hands out the samples' names of one shard: a repeated one gets the suffix #2, #3 and so on."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._others: set[str] = {WHOLE_SHARD}
        self._repeats: dict[str, int] = {}

    def of_key(self, key: str) -> tuple[str, bool]:
        """The name for a sample with this key, and whether the key is met for the first time."""
        if key in self._keys:
            return self._numbered(key), False
        self._keys.add(key)
        return (self._numbered(key) if key in self._others else key), True

    def of_member(self, member: str) -> str:
        """The name for something that is no sample; it never takes a key away from a later sample."""
        if member in self._keys or member in self._others:
            return self._numbered(member)
        self._others.add(member)
        return member

    def _numbered(self, name: str) -> str:
        number = self._repeats.get(name, 1) + 1
        while (candidate := f"{name}#{number}") in self._keys or candidate in self._others:
            number += 1
        self._repeats[name] = number
        self._others.add(candidate)
        return candidate


def storable(value: object) -> int | None:
    """A width or height in pixels as the int32 column holds it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value < 2**31 else None  # not true of NaN


def to_batch(shard: str, samples: Sequence[Sample], first_ordinal: int, seconds: Mapping[str, float]) -> pa.RecordBatch:
    """`samples`, not empty, as rows of `SAMPLES`; the first row carries the phases' `seconds`."""
    count = len(samples)
    columns: dict[str, list[Any]] = {
        "shard": [shard] * count,
        "sample": [clean_caption(sample.sample)[0] for sample in samples],
        "ordinal": list(range(first_ordinal, first_ordinal + count)),
        "status": [sample.status for sample in samples],
        "detail": [clean_caption(sample.detail)[0] for sample in samples],
        "caption": [sample.caption for sample in samples],
        "caption_repaired": [sample.caption_repaired for sample in samples],
        "foreign_letters": [_foreign(sample.caption) for sample in samples],
        "url": [sample.url for sample in samples],
        "width": [sample.width for sample in samples],
        "height": [sample.height for sample in samples],
        "image": [_as_dict(sample.image) for sample in samples],
        "seconds": [list(seconds.items()), *[None] * (count - 1)],
    }
    arrays = [pa.array(columns[field.name], field.type) for field in SAMPLES]
    return pa.RecordBatch.from_arrays(arrays, schema=SAMPLES)


def _foreign(caption: str | None) -> float | None:
    return None if caption is None else foreign_letters(caption)


def _as_dict(location: Location | None) -> dict[str, Any] | None:
    if location is None:
        return None
    return {field.name: getattr(location, field.name) for field in LOCATION}
