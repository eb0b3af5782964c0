"""Groups of alike samples: those with one URL, one caption, the same bytes of an image, or the same perceptual hash.

A group is known by a 64-bit number, made of what its samples share. Among n groups, some two have one number by
accident with a probability of about n² / 2⁶⁵: 0.03 for 10⁹.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from udfs.counting.arrays import coded
from udfs.counting.found import gathered

BYTES: Final = 8


@dataclass(frozen=True)
class InGroups:
    """Reads rows with `shard`, `ordinal` and `column`: the group of each sample, as FOUND of the kind `group`.

    A string is hashed. Of a binary value, itself a hash, the first 8 bytes are the number. Samples whose value is null
    or empty are in no group.
    """

    column: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            values = coded(batch[self.column])
            each = values.dictionary.to_pylist()
            known = np.array([*map(bool, each), False], bool)
            numbers = np.array([group_number(value) if value else 0 for value in each], np.int64)
            codes = values.indices.fill_null(-1).to_numpy()
            rows = np.flatnonzero(known[codes])
            yield gathered(batch, "group", rows, np.zeros(len(rows), np.int64), groups=numbers[codes[rows]])


def group_number(value: str | bytes) -> int:
    """The number of the group of samples that share this value; bytes are a hash of 8 bytes or more."""
    digest = hashlib.blake2b(value.encode(), digest_size=BYTES).digest() if isinstance(value, str) else value
    return int.from_bytes(digest[:BYTES], "little", signed=True)
