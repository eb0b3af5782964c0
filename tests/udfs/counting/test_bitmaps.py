"""Sets of samples as bits, there and back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from udfs.counting.bitmaps import packed, unpacked
from udfs.counting.sets import Places


def places(*sizes: int) -> Places:
    """The places of shards of these sizes."""
    return Places(tuple(f"{number:05}.tar" for number in range(len(sizes))), np.array(sizes, np.int64))


def test_the_lowest_bit_of_the_first_byte_is_ordinal_0() -> None:
    flags = np.zeros(21, bool)
    flags[[0, 3, 10, 11, 19]] = True
    # Shards of 11, 0 and 10 samples; the last has its ordinals 0 and 8.
    assert packed(flags, places(11, 0, 10)).to_pylist() == [b"\x09\x04", b"", b"\x01\x01"]


@given(st.lists(st.lists(st.booleans(), max_size=40), max_size=6), st.randoms())
def test_what_is_packed_is_unpacked(shards: list[list[bool]], random: object) -> None:
    flags = np.array([flag for shard in shards for flag in shard], bool)
    where = places(*map(len, shards))
    bitmaps = packed(flags, where)
    order = np.arange(len(shards))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert (unpacked(bitmaps.take(pa.array(order)), order, where) == flags).all()


def test_no_shards() -> None:
    assert len(packed(np.zeros(0, bool), places())) == 0
