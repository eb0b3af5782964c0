"""Counts samples per shard and concept: by their text, by their image, by both, and samples where the two disagree.

Counting needs no model. One task sees all that was found in a stretch of
neighbouring shards; very many samples are counted a window at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from udfs.counting.arrays import Flags, Integers, changes
from udfs.counting.laid_out import Held, LaidOut
from udfs.counting.searches import Searches
from udfs.counting.sets import Places, flagged_per_shard

# Rows of the table shard_counts, one per shard, search and threshold.
COUNTS: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("spec", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("samples", pa.int64()),
        ("found", pa.int64()),
        ("misaligned", pa.int64()),
        ("concepts", pa.list_(pa.string())),
        ("counts", pa.list_(pa.int64())),
    ]
)
TOTALS: Final = ("samples", "found", "misaligned")


@dataclass(frozen=True, eq=False)
class CountTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of COUNTS.

    The input has all of the stretch; its shards are told apart by name. The totals `found` and `misaligned` consider
    only the concepts that `run_concepts` flags. specs: the spec of each search's counts.
    """

    concepts: pa.StringArray
    run_concepts: Flags
    specs: Mapping[str, str]
    searches: Searches

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found = LaidOut.of(batches)
        if not found.places.samples:
            return
        sums = _Sums(found.places)
        for window in found.windows():
            self._count(window, sums)
        yield sums.rows(self)

    def _count(self, window: LaidOut, sums: _Sums) -> None:
        latest: dict[str, Held] = {}
        for search, threshold, held in self.searches.held_in(window):
            latest[search] = held
            sums.add(search, threshold, held, self.run_concepts)
            if search == "integrated":
                sums.compare(threshold, latest["text"], latest["image"], held, self.run_concepts)


@dataclass
class _Sums:
    """Counts by search and threshold, summed over windows."""

    places: Places
    totals: dict[tuple[str, float | None], dict[str, Integers]] = field(default_factory=dict)
    counts: dict[tuple[str, float | None], list[tuple[Integers, ...]]] = field(default_factory=dict)

    def add(self, search: str, threshold: float | None, held: Held, run_concepts: Flags) -> None:
        """Add a search: the samples searched, the samples with one of the run's concepts, and those of each concept."""
        self._total(search, threshold, "samples", held.usable)
        self._total(search, threshold, "found", held.concepts.among(run_concepts).any())
        self.counts.setdefault((search, threshold), []).append(held.concepts.per_shard(self.places))

    def compare(self, threshold: float | None, said: Held, seen: Held, both: Held, run_concepts: Flags) -> None:
        """Add misaligned samples: whose halves both hold some of the run's concepts, and none in common."""
        apart = both.usable & ~both.concepts.among(run_concepts).any()
        for half in (said, seen):
            apart &= half.concepts.among(run_concepts).any()
        self._total("integrated", threshold, "misaligned", apart)

    def rows(self, task: CountTask) -> pa.RecordBatch:
        """The rows of COUNTS."""
        batches = [
            self._rows(search, threshold, task.specs[search], task.concepts) for search, threshold in self.counts
        ]
        return pa.concat_batches(batches)

    def _total(self, search: str, threshold: float | None, name: str, flags: Flags) -> None:
        totals = self.totals.setdefault((search, threshold), {})
        totals[name] = totals.get(name, 0) + flagged_per_shard(flags, self.places)

    def _rows(self, search: str, threshold: float | None, spec: str, concepts: pa.Array) -> pa.RecordBatch:
        shard, concept, samples = _summed(self.counts[search, threshold], len(concepts))
        shards = len(self.places.shards)
        offsets = pa.array(np.searchsorted(shard, np.arange(shards + 1)), pa.int32())
        totals = self.totals[search, threshold]
        columns = {
            "shard": pa.array(self.places.shards, pa.string()),
            "spec": pa.repeat(spec, shards),
            "search": pa.repeat(search, shards),
            "threshold": pa.repeat(pa.scalar(threshold, pa.float64()), shards),
            **{name: pa.array(totals[name]) if name in totals else pa.nulls(shards, pa.int64()) for name in TOTALS},
            "concepts": pa.ListArray.from_arrays(offsets, concepts.take(pa.array(concept))),
            "counts": pa.ListArray.from_arrays(offsets, pa.array(samples, pa.int64())),
        }
        return pa.RecordBatch.from_arrays([columns[field.name] for field in COUNTS], schema=COUNTS)


def _summed(parts: Sequence[tuple[Integers, ...]], concepts: int) -> tuple[Integers, Integers, Integers]:
    """The sums of the parts' (shard, concept, samples), by shard and then by concept."""
    shard, concept, samples = (np.concatenate(column) for column in zip(*parts, strict=True))
    if len(parts) == 1:
        return shard, concept, samples
    codes = shard * max(1, concepts) + concept
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(changes(codes[order]))
    sums = np.add.reduceat(samples[order], starts) if len(starts) else samples
    shard, concept = np.divmod(codes[order][starts], max(1, concepts))
    return shard, concept, sums
