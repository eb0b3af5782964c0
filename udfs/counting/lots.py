"""Pseudo-random numbers of samples, made of a seed and of what names the sample: no way of storing a lake changes them.

The mixing is that of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): each
bit of the input changes about half of the output's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from udfs.counting.arrays import Integers

Lots = npt.NDArray[np.uint64]

STEP, FIRST, SECOND = (np.uint64(one) for one in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
# A float keeps so many bits of a lot.
BITS: Final = 53


def lots_of(seed: int, corpus: str, shards: Sequence[str], shard: Integers, ordinal: Integers) -> Lots:
    """A number for each sample (n,), by the number of its shard in `shards` and its ordinal there."""
    starts = lots_of_names(f"{seed}\n{corpus}\n{name}" for name in shards)
    return _mixed(starts[shard] + (ordinal.astype(np.uint64) + np.uint64(1)) * STEP)


def lots_of_names(names: Iterable[str]) -> Lots:
    """A number for each name."""
    digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64)


def uniform(lots: Lots, names: Lots) -> npt.NDArray[np.float64]:
    """A number from 0 up to, but not, 1 for each pair (n,) of a sample's lot and a name's."""
    return (_mixed((lots ^ names) + STEP) >> np.uint64(64 - BITS)).astype(np.float64) * np.float64(2.0**-BITS)


def _mixed(lots: Lots) -> Lots:
    lots = (lots ^ (lots >> np.uint64(30))) * FIRST
    lots = (lots ^ (lots >> np.uint64(27))) * SECOND
    return lots ^ (lots >> np.uint64(31))
