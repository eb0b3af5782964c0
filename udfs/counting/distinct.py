"""Counts the groups of alike samples among those that hold a concept: the same number in any order and partitioning.

A mask of first occurrences would be wrong: the first caption of an image may not name the dog. So each stretch of
shards hands over the groups that it found of each concept, and groups that several stretches share are counted once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Flags, Integers, RaggedArray, changes
from udfs.counting.found import SEARCHED
from udfs.counting.laid_out import LaidOut
from udfs.counting.searches import Searched, Searches
from udfs.counting.sets import parts

# What some samples hold at a threshold: `number` is that of a concept, or SEARCHED. `samples` hold it; `alone` of them
# are in no group; `groups` are those of the others, each once.
DISTINCT: Final = pa.schema(
    [
        ("threshold", pa.float64()),
        ("number", pa.int32()),
        ("samples", pa.int64()),
        ("alone", pa.int64()),
        ("groups", pa.list_(pa.int64())),
    ]
)


class Counted(NamedTuple):
    """The samples that hold a concept, how many of them are in no group, and the number of the others' groups."""

    samples: int
    alone: int
    groups: int


@dataclass(frozen=True, eq=False)
class DistinctTask:
    """Turns what was found in a stretch of shards (FOUND, with groups) into rows of DISTINCT, of one search."""

    search: str
    searches: Searches

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for window in LaidOut.of(batches).windows():
            _, sample, groups = window.pairs["group"]
            assert groups is not None
            known = np.zeros(window.places.samples, bool)
            group_of = np.zeros(window.places.samples, np.int64)
            known[sample], group_of[sample] = True, groups
            for one in self.searches.held_by(self.search, window):
                yield _rows(one, known, group_of)


def _rows(searched: Searched, known: Flags, group_of: npt.NDArray[np.int64]) -> pa.RecordBatch:
    """DISTINCT: the searched samples without their groups first, then each concept that some sample holds."""
    usable, concepts = searched.held
    concept, sample = concepts.split()
    grouped = known[sample]
    samples = np.bincount(concept, minlength=concepts.count)
    alone = np.bincount(concept[~grouped], minlength=concepts.count)
    held, groups = distinct_pairs(concept[grouped], group_of[sample[grouped]])
    number = np.flatnonzero(samples)
    starts = np.searchsorted(held, np.append(number, concepts.count))
    offsets = pa.array(np.append(0, starts), pa.int32())
    columns = {
        "threshold": pa.repeat(pa.scalar(searched.threshold, pa.float64()), len(number) + 1),
        "number": pa.array(np.append(SEARCHED, number), pa.int32()),
        "samples": pa.array(np.append(usable.sum(), samples[number]), pa.int64()),
        "alone": pa.array(np.append((usable & ~known).sum(), alone[number]), pa.int64()),
        "groups": pa.ListArray.from_arrays(offsets, pa.array(groups, pa.int64())),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in DISTINCT.names], schema=DISTINCT)


def distinct_pairs(owners: Integers, values: Integers) -> tuple[Integers, Integers]:
    """The distinct pairs of an owner and a value, by owner and then by value."""
    order = np.lexsort((values, owners))
    owners, values = owners[order], values[order]
    first = changes(owners) | changes(values)
    return owners[first], values[first]


def merged(batches: Iterable[pa.RecordBatch]) -> dict[tuple[float | None, int], Counted]:
    """What the tasks of all stretches yielded, by threshold and number; a group of several stretches counts once."""
    found: dict[float | None, list[pa.RecordBatch]] = {}
    for batch in batches:
        found.setdefault(batch["threshold"][0].as_py(), []).append(batch)
    return {
        (threshold, number): counted
        for threshold, some in found.items()
        for number, counted in _merged(pa.Table.from_batches(some)).items()
    }


def _merged(rows: pa.Table) -> dict[int, Counted]:
    """The sums of rows of one threshold by number; the groups of some numbers are sorted at a time."""
    # SEARCHED becomes 0.
    place = rows["number"].to_numpy() - SEARCHED
    order = np.argsort(place, kind="stable")
    lengths = pc.list_value_length(rows["groups"]).to_numpy()
    lists = RaggedArray(np.append(0, np.cumsum(lengths)), pc.list_flatten(rows["groups"]).to_numpy())
    samples, alone, sizes = (
        np.bincount(place, weights).astype(np.int64) for weights in (rows["samples"], rows["alone"], lengths)
    )
    groups = np.zeros_like(samples)
    for part in parts(sizes):
        own = order[slice(*np.searchsorted(place[order], (part.start, part.stop)))]
        at, values = lists.pick(own)
        owners, _ = distinct_pairs(place[own][at] - part.start, values)
        groups[part] = np.bincount(owners, minlength=part.stop - part.start)
    counted = zip(samples.tolist(), alone.tolist(), groups.tolist(), strict=True)
    there = set(place.tolist())
    return {number + SEARCHED: Counted(*one) for number, one in enumerate(counted) if number in there}
