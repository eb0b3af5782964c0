"""A corpus cut to balance: no concept draws more than about a cap of samples, and rare ones keep all of theirs.

H. Xu et al., "Demystifying CLIP Data" (MetaCLIP, arXiv 2309.16671), algorithm 1: a sample is kept if one of its
concepts draws it, and a concept that n samples hold draws each of them with the chance min(1, cap / n). Here a draw is
a number made of the seed, the sample and the concept, so that it depends on no order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from udfs.counting.arrays import Flags, Integers
from udfs.counting.found import SEARCHED
from udfs.counting.laid_out import LaidOut
from udfs.counting.lots import Lots, lots_of, uniform
from udfs.counting.searches import Searches
from udfs.counting.sets import Places, Sets

# How many samples hold a concept, by its number; SEARCHED: how many could be searched; FOUND_ANY: hold any concept.
HELD: Final = pa.schema([("number", pa.int32()), ("samples", pa.int64())])
FOUND_ANY: Final = -2
# A shard's kept samples, by `ordinals` that ascend; without a shard, how many kept samples hold a concept, as in HELD.
KEPT: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("ordinals", pa.list_(pa.int32())),
        ("number", pa.int32()),
        ("samples", pa.int64()),
    ]
)


@dataclass(frozen=True, eq=False)
class HeldTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of HELD under `search`, to be summed.

    `searches` has no more than one threshold.
    """

    searches: Searches
    search: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for window in LaidOut.of(batches).windows():
            held = next(self.searches.held_by(self.search, window)).held
            counts = np.bincount(held.concepts.split()[0], minlength=held.concepts.count)
            found = np.flatnonzero(counts)
            numbers = np.concatenate([np.array([SEARCHED, FOUND_ANY]), found])
            totals = np.array([held.usable.sum(), held.concepts.any().sum()])
            columns = pa.array(numbers, pa.int32()), pa.array(np.concatenate([totals, counts[found]]), pa.int64())
            yield pa.RecordBatch.from_arrays(list(columns), schema=HELD)


@dataclass(frozen=True, eq=False)
class CappedTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of KEPT; rows without a shard are to be summed.

    chances (concepts,): that of each concept to draw a sample that holds it. names (concepts,): the lots of its name.
    """

    searches: Searches
    search: str
    corpus: str
    seed: int
    chances: npt.NDArray[np.float64]
    names: Lots

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for window in LaidOut.of(batches).windows():
            concepts = next(self.searches.held_by(self.search, window)).held.concepts
            kept = self._kept(concepts, window.places)
            yield _of_shards(kept, window.places)
            yield _of_concepts(concepts, kept)

    def _kept(self, concepts: Sets, places: Places) -> Flags:
        """Whether some concept draws each sample (places,)."""
        number, sample = concepts.split()
        shard = places.shard_of[sample]
        lots = lots_of(self.seed, self.corpus, places.shards, shard, sample - places.firsts[shard])
        drawn = uniform(lots, self.names[number]) < self.chances[number]
        kept = np.zeros(places.samples, bool)
        kept[sample[drawn]] = True
        return kept


def _of_shards(kept: Flags, places: Places) -> pa.RecordBatch:
    sample = np.flatnonzero(kept)
    shard = places.shard_of[sample]
    lengths = np.bincount(shard, minlength=len(places.shards))
    held = np.flatnonzero(lengths)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths[held])]), pa.int32())
    ordinals = pa.array((sample - places.firsts[shard]).astype(np.int32))
    names = pa.array(places.shards, pa.string()).take(pa.array(held))
    return _rows(names, pa.ListArray.from_arrays(offsets, ordinals), None, None)


def _of_concepts(concepts: Sets, kept: Flags) -> pa.RecordBatch:
    number, sample = concepts.split()
    counts = np.bincount(number[kept[sample]], minlength=concepts.count)
    found = np.flatnonzero(counts)
    return _rows(None, None, found, counts[found])


def _rows(
    shard: pa.Array | None, ordinals: pa.Array | None, number: Integers | None, samples: Integers | None
) -> pa.RecordBatch:
    """Rows of KEPT; columns that are None are null."""
    given = (shard, ordinals, number, samples)
    count = next(len(column) for column in given if column is not None)
    columns = [
        pa.nulls(count, field.type) if column is None else pa.array(column).cast(field.type)
        for column, field in zip(given, KEPT, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=KEPT)
