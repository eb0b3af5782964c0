"""Sets of samples as bits, one bitmap for each shard: bit i, counted from the lowest of the first byte, is ordinal i.

A bitmap ends with the byte of its last member, so that equal sets have equal bytes; an empty set has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Flags, Integers
from udfs.counting.sets import Places
from udfs.tallies import NAMES

BYTE: Final = 8


def packed(flags: Flags, places: Places) -> pa.BinaryArray:
    """The flagged samples of each shard, as bitmaps in the order of the shards."""
    sample = np.flatnonzero(flags)
    shard = places.shard_of[sample]
    ordinal = sample - places.firsts[shard]
    lengths = np.zeros(len(places.shards), np.int64)
    np.maximum.at(lengths, shard, ordinal // BYTE + 1)
    ends = np.cumsum(lengths)
    bits = np.zeros(int(lengths.sum()) * BYTE, bool)
    bits[(ends - lengths)[shard] * BYTE + ordinal] = True
    offsets = pa.array(np.append(0, ends), pa.int32())
    data = pa.py_buffer(np.packbits(bits, bitorder="little"))
    return pa.BinaryArray.from_buffers(pa.binary(), len(lengths), [None, offsets.buffers()[1], data])


def unpacked(bitmaps: pa.BinaryArray, shards: Integers, places: Places) -> Flags:
    """Flags the members of bitmaps among the samples of all shards; `shards` has the number of each bitmap's shard."""
    lengths = pc.binary_length(bitmaps).to_numpy()
    members = np.flatnonzero(np.unpackbits(np.frombuffer(b"".join(bitmaps.to_pylist()), np.uint8), bitorder="little"))
    byte, bit = np.divmod(members, BYTE)
    # The bitmap of each byte, and the bytes of all bitmaps before that one.
    owner = np.repeat(np.arange(len(lengths)), lengths)[byte]
    before = (np.cumsum(lengths) - lengths)[owner]
    flags = np.zeros(places.samples, bool)
    flags[places.firsts[shards[owner]] + (byte - before) * BYTE + bit] = True
    return flags


def without_bitmap(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The shards of rows that have no bitmap (NAMES). Input rows have `shard` and `found_samples`."""
    for batch in batches:
        shards = batch.filter(batch["found_samples"].is_null())["shard"]
        yield pa.RecordBatch.from_arrays([shards.cast(pa.string())], schema=NAMES)
