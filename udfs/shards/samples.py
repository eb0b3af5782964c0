"""The records that a reader yields for a shard, and how they become Arrow rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any

import pyarrow as pa

from udfs.schemas import LOCATION, SAMPLES
from udfs.shards.caption_text import clean_caption, foreign_letters

# The sample name of the row that stands for the shard as a whole.
WHOLE_SHARD = "#shard"


@dataclass(frozen=True, slots=True)
class ImageLocation:
    """The place of an image in its shard: see `udfs.schemas.LOCATION`. Offsets and lengths are in bytes."""

    layout: str
    offset: int | None = None
    length: int | None = None
    row_group: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One record of a shard. `sample` is unique in its shard; `status` is one of `udfs.statuses`.

    `detail` is the reason for a reject; for a sample with one usable half, the reason why the other is absent.
    """

    sample: str
    status: str
    detail: str | None = None
    caption: str | None = None
    caption_repaired: bool = False
    url: str | None = None
    width: int | None = None
    height: int | None = None
    image: ImageLocation | None = None


@dataclass(frozen=True, slots=True)
class Annotations:
    """Labels that others found in a sample's image, with the score of each; without `scores`, why there are none."""

    scores: Mapping[str, float] | None = None
    problem: str | None = None


class Names:
    """Gives the samples of one shard distinct names: a repeated name gets the suffix #2, #3 and so on.

    Names are compared as they are stored, as valid text. The content of the first sample of each key is kept.
    """

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._others: set[str] = {WHOLE_SHARD}
        self._repeats: dict[str, int] = {}

    def of_key(self, key: str, content: str = "") -> tuple[str, bool]:
        """The name of a sample with this key, and whether the key is met for the first time."""
        key = _stored(key)
        if key in self._keys:
            return self._numbered(key), False
        # Keys are many but distinct contents are few: interning keeps each content once.
        self._keys[key] = intern(content)
        return (self._numbered(key) if key in self._others else key), True

    def content(self, key: str) -> str:
        """The content of the first sample of `key`, a key that was met before."""
        return self._keys[_stored(key)]

    def of_other(self, name: str) -> str:
        """The name of a record without a key; it never takes a later sample's key."""
        name = _stored(name)
        if name in self._keys or name in self._others:
            return self._numbered(name)
        self._others.add(name)
        return name

    def _numbered(self, name: str) -> str:
        number = self._repeats.get(name, 1) + 1
        while (candidate := f"{name}#{number}") in self._keys or candidate in self._others:
            number += 1
        self._repeats[name] = number
        self._others.add(candidate)
        return candidate


def _stored(name: str) -> str:
    """A name as valid text, as the table stores it."""
    return clean_caption(name)[0] or ""


def storable(value: object) -> int | None:
    """A width or height in pixels if the int32 column can hold it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value < 2**31 else None  # the comparison is False for NaN


def to_batch(shard: str, samples: Sequence[Sample], first_ordinal: int, seconds: Mapping[str, float]) -> pa.RecordBatch:
    """`samples`, not empty, as rows of `SAMPLES`; the first row carries the phases' `seconds`."""
    count = len(samples)
    columns: dict[str, list[Any]] = {
        "shard": [shard] * count,
        "sample": [sample.sample for sample in samples],
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


def _as_dict(location: ImageLocation | None) -> dict[str, Any] | None:
    if location is None:
        return None
    return {field.name: getattr(location, field.name) for field in LOCATION}
