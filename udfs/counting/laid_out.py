"""What was found in a stretch of shards, laid out as flat arrays: the samples of all shards side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Flags, Integers
from udfs.counting.found import COUNTED, FOUND, SEARCHED
from udfs.counting.sets import Places, Sets

# Samples that are counted at a time.
WINDOW: Final = 1 << 20


class Held(NamedTuple):
    """The samples that a search could use, and those that hold each concept."""

    usable: Flags
    concepts: Sets


class FoundPairs(NamedTuple):
    """What was found of one kind: numbers, the places of samples, and scores, places in captions or groups, or None."""

    number: Integers
    sample: Integers
    third: npt.NDArray[Any] | None

    def within(self, start: int, end: int) -> FoundPairs:
        """Those whose sample's place is in a window."""
        kept = (self.sample >= start) & (self.sample < end)
        third = None if self.third is None else self.third[kept]
        return FoundPairs(self.number[kept], self.sample[kept], third)


class CountedBefore(NamedTuple):
    """Counts of shards from before: `rows` (columns of COUNTED), and the number of each row's shard."""

    rows: pa.Table
    shard: Integers


@dataclass(frozen=True)
class LaidOut:
    """What was found in some shards, by kind, the places of their samples, and what was counted of them before."""

    places: Places
    pairs: Mapping[str, FoundPairs]
    counted: CountedBefore

    @classmethod
    def of(cls, batches: Iterator[pa.RecordBatch]) -> LaidOut:
        """Lay the samples of all shards side by side."""
        table = pa.Table.from_batches(batches, FOUND)
        names, shard = _ranked(table["shard"])
        lengths = pc.list_value_length(table["ordinals"]).to_numpy()
        ordinal = pc.list_flatten(table["ordinals"]).to_numpy()
        held = np.flatnonzero(lengths)
        places = Places.of(names, shard[held], ordinal[np.cumsum(lengths)[held] - 1])
        sample = np.repeat(places.firsts[shard], lengths) + ordinal
        number = np.repeat(table["number"].to_numpy(), lengths)
        pairs = {}
        for kind, third in (("text", None), ("image", "scores"), ("places", "places"), ("group", "groups")):
            rows = pc.equal(table["kind"], kind)
            own = np.repeat(rows.to_numpy(), lengths)
            values = None if third is None else pc.list_flatten(table[third].filter(rows)).to_numpy()
            pairs[kind] = FoundPairs(number[own], sample[own], values)
        before = pc.equal(table["kind"], "counted")
        counted = CountedBefore(_unnested(table["counted"].filter(before)), shard[before.to_numpy()])
        return cls(places, pairs, counted)

    def windows(self) -> Iterator[LaidOut]:
        """The same, a part of the samples at a time."""
        if self.places.samples <= 2 * WINDOW:
            yield self
            return
        for start in range(0, self.places.samples, WINDOW):
            parts = {kind: one.within(start, start + WINDOW) for kind, one in self.pairs.items()}
            yield LaidOut(self.places, parts, self.counted)

    def held(self, kind: str, count: int) -> Held:
        """The samples that could be searched, and those of each number below `count`."""
        number, sample, third = self.pairs[kind]
        searched = number == SEARCHED
        usable = np.zeros(self.places.samples, bool)
        usable[sample[searched]] = True
        own = ~searched
        scores = None if third is None else third[own]
        return Held(usable, Sets.of(number[own], sample[own], count, self.places.samples, scores))


def _unnested(counted: pa.ChunkedArray) -> pa.Table:
    return pa.Table.from_arrays(counted.combine_chunks().flatten(), names=[field.name for field in COUNTED])


def _ranked(names: pa.ChunkedArray) -> tuple[tuple[str, ...], Integers]:
    """The distinct names, ascending, and the index of each of `names` among them."""
    coded = names.combine_chunks().dictionary_encode()
    ascending = sorted(coded.dictionary.to_pylist())
    ranks = pc.index_in(coded.dictionary, pa.array(ascending, pa.string())).to_numpy()
    return tuple(ascending), ranks[coded.indices.to_numpy()].astype(np.int64)
