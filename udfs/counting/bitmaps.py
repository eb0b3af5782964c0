"""Sets of samples as bits, one bitmap for each shard: bit i, counted from the lowest of the first byte, is ordinal i.

A bitmap ends with the byte of its last member, so that equal sets have equal bytes; an empty set has none.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from udfs.counting.arrays import Flags, Integers
from udfs.counting.sets import Places
from udfs.tallies import NAMES


def packed(flags: Flags, places: Places) -> pa.BinaryArray:
    """The flagged samples of each shard, as bitmaps in the order of the shards."""
    shards = (flags[first : first + size] for first, size in zip(places.firsts, places.sizes, strict=True))
    return pa.array([np.packbits(own, bitorder="little").tobytes().rstrip(b"\0") for own in shards], pa.binary())


def unpacked(bitmaps: pa.BinaryArray, shards: Integers, places: Places) -> Flags:
    """Flags the members of bitmaps among the samples of all shards; `shards` has the number of each bitmap's shard."""
    flags = np.zeros(places.samples, bool)
    firsts, sizes = places.firsts[shards], places.sizes[shards]
    for bitmap, first, size in zip(bitmaps.to_pylist(), firsts, sizes, strict=True):
        bits = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little")[:size]
        flags[first : first + len(bits)] |= bits.view(bool)
    return flags


def without_bitmap(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The shards of rows that have no bitmap (NAMES). Input rows have `shard` and `found_samples`."""
    for batch in batches:
        shards = batch.filter(batch["found_samples"].is_null())["shard"]
        yield pa.RecordBatch.from_arrays([shards.cast(pa.string())], schema=NAMES)
