"""Counts samples per shard and concept: by their text, by their image, by both, and samples where the two disagree.

Counting needs no model. One task sees all that was found in a stretch of neighbouring shards; very many samples are
counted a window at a time. If the shards were counted before, only new concepts have to be asked for: the counts of the
others are taken over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Flags, Integers, changes, row_of_each
from udfs.counting.bitmaps import packed, unpacked
from udfs.counting.laid_out import CountedBefore, Held, LaidOut
from udfs.counting.searches import Searches
from udfs.counting.sets import Places, flagged_per_shard

# Rows of the table shard_counts, one per shard, search and threshold; bitmaps are those of udfs.counting.bitmaps.
COUNTS: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("spec", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("samples", pa.int64()),
        ("found", pa.int64()),
        ("misaligned", pa.int64()),
        ("found_samples", pa.binary()),
        ("concepts", pa.list_(pa.string())),
        ("counts", pa.list_(pa.int64())),
    ]
)

# A search and its threshold.
Condition = tuple[str, float | None]


@dataclass(frozen=True, eq=False)
class CountTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of COUNTS.

    The input has all of the stretch; its shards are told apart by name. The totals `found` and `misaligned` consider
    only the concepts that `run_concepts` flags. specs: the spec of each search's counts. asked: the place among
    `concepts` of each concept that the searches ask for, ascending; all others were counted before.
    """

    concepts: pa.StringArray
    run_concepts: Flags
    specs: Mapping[str, str]
    searches: Searches
    asked: Integers

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found = LaidOut.of(batches)
        if not found.places.samples:
            return
        sums = _Sums(found.places)
        for window in found.windows():
            for search, threshold, held in self.searches.held_in(window):
                sums.add((search, threshold), held, self)
        sums.take_over(found.counted, self)
        yield sums.rows(self)


@dataclass
class _Sums:
    """Counts by search and threshold, summed over windows: samples searched, samples found, and those of concepts."""

    places: Places
    samples: dict[Condition, Integers] = field(default_factory=dict)
    found: dict[Condition, Flags] = field(default_factory=dict)
    counts: dict[Condition, list[tuple[Integers, ...]]] = field(default_factory=dict)

    def add(self, condition: Condition, held: Held, task: CountTask) -> None:
        """Add what a search holds in a window."""
        searched, found = (
            flagged_per_shard(held.usable, self.places),
            held.concepts.among(task.run_concepts[task.asked]),
        )
        self.samples[condition] = self.samples.get(condition, 0) + searched
        self.found[condition] = self.found.get(condition, False) | found.any()
        shard, concept, samples = held.concepts.per_shard(self.places)
        self.counts.setdefault(condition, []).append((shard, task.asked[concept], samples))

    def take_over(self, counted: CountedBefore, task: CountTask) -> None:
        """Add what was counted before of concepts that are not asked for again."""
        search, threshold = (counted.rows[name].to_pylist() for name in ("search", "threshold"))
        rows: dict[Condition, list[int]] = {}
        for row, condition in enumerate(zip(search, threshold, strict=True)):
            rows.setdefault(condition, []).append(row)
        for condition, own in rows.items():
            shard, taken = counted.shard[own], counted.rows.take(own)
            self.found[condition] |= unpacked(taken["found_samples"].combine_chunks(), shard, self.places)
            lists = taken["concepts"].combine_chunks()
            concept = pc.index_in(lists.flatten(), task.concepts).to_numpy()
            new = ~np.isin(concept, task.asked)
            counts = taken["counts"].combine_chunks().flatten().to_numpy()
            self.counts[condition].append((shard[row_of_each(lists)][new], concept[new], counts[new]))

    def rows(self, task: CountTask) -> pa.RecordBatch:
        """The rows of COUNTS."""
        return pa.concat_batches([self._rows(condition, task) for condition in self.counts])

    def _misaligned(self, search: str, threshold: float | None) -> pa.Array:
        """The samples of each shard whose halves both hold some of the run's concepts, and none in common."""
        if search != "integrated":
            return pa.nulls(len(self.places.shards), pa.int64())
        both = self.found["text", None] & self.found["image", threshold]
        return pa.array(flagged_per_shard(both & ~self.found["integrated", threshold], self.places))

    def _rows(self, condition: Condition, task: CountTask) -> pa.RecordBatch:
        shard, concept, samples = _summed(self.counts[condition], len(task.concepts))
        shards, (search, threshold) = len(self.places.shards), condition
        offsets = pa.array(np.searchsorted(shard, np.arange(shards + 1)), pa.int32())
        columns = {
            "shard": pa.array(self.places.shards, pa.string()),
            "spec": pa.repeat(task.specs[search], shards),
            "search": pa.repeat(search, shards),
            "threshold": pa.repeat(pa.scalar(threshold, pa.float64()), shards),
            "samples": pa.array(self.samples[condition]),
            "found": pa.array(flagged_per_shard(self.found[condition], self.places)),
            "misaligned": self._misaligned(search, threshold),
            "found_samples": packed(self.found[condition], self.places),
            "concepts": pa.ListArray.from_arrays(offsets, task.concepts.take(pa.array(concept))),
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
