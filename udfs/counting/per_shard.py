"""Counts samples per shard and concept: by their text, by their image, by both, and samples where the two disagree.

Counting reads stored nouns and tags alone; it needs no model. A sample counts once per concept and search. An executor
returns sums only: a shard, the numbers of a measure and of a concept, and a count of samples. The counts of one batch
are partial: their sum over all batches is the shard's count. A task knows the first and last shard of its wave, not all
names, so that it is as small for 10^5 shards as for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Flags, Integers
from udfs.counting.halves import Finder
from udfs.counting.thresholds import Held, ScoreType

# `measure` and `concept` are indices; `concept` is TOTAL in counts that are not about a single concept.
COUNTS = pa.schema([("shard", pa.string()), ("measure", pa.int32()), ("concept", pa.int32()), ("samples", pa.int64())])
TOTAL = -1
# One half of a sample in the form that a join needs: `concepts` and, for an image, their `scores`.
HALF = pa.schema(
    [
        ("shard", pa.string()),
        ("sample", pa.string()),
        ("concepts", pa.list_(pa.int32())),
        ("scores", pa.list_(pa.float32())),
    ]
)
VOCABULARY = pa.schema([("term", pa.string())])


class Measure(NamedTuple):
    """One thing that is counted: a search, its threshold (None for text), and `concept` or the name of a total."""

    search: str
    threshold: float | None
    name: str


def measures(thresholds: tuple[float, ...]) -> list[Measure]:
    """Every measure, in the order of its number in COUNTS."""
    of_search = ("samples", "found", "concept")
    found = [Measure("text", None, name) for name in of_search]
    for threshold in thresholds:
        found += [Measure(search, threshold, name) for search in ("image", "integrated") for name in of_search]
        found.append(Measure("integrated", threshold, "misaligned"))
    return found


@dataclass(frozen=True)
class Bounds:
    """The shards from `first` to `last` by name, both included: those of a wave, and others that lie between them."""

    first: str
    last: str

    def select(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch's rows of these shards, with `shard` dictionary-encoded; a file may also hold rows of others."""
        column = batch["shard"]
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        batch = batch.set_column(batch.schema.get_field_index("shard"), "shard", coded)
        within = pc.and_(
            pc.greater_equal(coded.dictionary, pa.scalar(self.first)),
            pc.less_equal(coded.dictionary, pa.scalar(self.last)),
        )
        return batch if pc.all(within).as_py() else batch.filter(within.take(coded.indices))


@dataclass(frozen=True, eq=False)
class CountTask:
    """Counts samples by concept. Input rows have `shard` and the columns that the halves read.

    A tag counts if its score is strictly above the threshold, both rounded to `score_type`. The totals
    `found` and `misaligned` consider only the concepts that `run_concepts` marks.
    """

    shards: Bounds
    run_concepts: Flags
    thresholds: tuple[float, ...]
    text: Finder | None = None
    image: Finder | None = None
    score_type: ScoreType = "float32"

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            batch = self.shards.select(batch)
            sums = _Sums(batch["shard"], self.thresholds, self.run_concepts)
            self._count(batch, sums)
            yield sums.batch()

    def _count(self, batch: pa.RecordBatch, sums: _Sums) -> None:
        concepts = len(self.run_concepts)
        said = self.text.find(batch).held(concepts) if self.text else None
        if said is not None:
            sums.add("text", None, said)
        if self.image is None:
            return
        found = self.image.find(batch)
        for threshold in self.thresholds:
            seen = found.held(concepts, threshold, self.score_type)
            sums.add("image", threshold, seen)
            if said is not None:
                sums.add("integrated", threshold, said.both(seen))
                sums.compare(threshold, said, seen)


@dataclass(frozen=True, eq=False)
class HalfTask:
    """Turns one half of each sample into its concepts, for a join; halves that are not usable are left out.

    Input rows have `shard`, `sample` and the columns that the half reads. Output rows are HALF: a join moves numbers,
    not nouns.
    """

    shards: Bounds
    half: Finder

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            batch = self.shards.select(batch)
            found = self.half.find(batch)
            concepts, scores = found.lists()
            if scores is None:
                scores = pa.nulls(batch.num_rows, HALF.field("scores").type)
            columns = [batch["shard"].cast(pa.string()), batch["sample"], concepts, scores]
            yield pa.RecordBatch.from_arrays(columns, schema=HALF).filter(pa.array(found.usable))


@dataclass(frozen=True)
class VocabularyTask:
    """Finds which of `terms` occur at all among the captions' `keys`: at most one row per term and task."""

    terms: frozenset[str]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        left = set(self.terms)
        for batch in batches:
            words = batch["keys"].flatten()
            spellings = words.unique()
            if pa.types.is_dictionary(words.type):
                spellings = spellings.cast(words.type.value_type)
            found = left.intersection(spellings.to_pylist())
            left -= found
            yield pa.RecordBatch.from_pydict({"term": sorted(found)}, schema=VOCABULARY)


class _Sums:
    """The counts of one batch, as columns of COUNTS."""

    def __init__(self, shards: pa.DictionaryArray, thresholds: tuple[float, ...], run_concepts: Flags) -> None:
        self._names = shards.dictionary
        self._shards = shards.indices.to_numpy().astype(np.int64)
        self._run_concepts = run_concepts
        self._numbers = {measure: number for number, measure in enumerate(measures(thresholds))}
        self._parts: list[tuple[Integers, ...]] = []

    def add(self, search: str, threshold: float | None, held: Held) -> None:
        """Add a search: the samples searched, the samples with one of the run's concepts, and those of each concept."""
        self._total(Measure(search, threshold, "samples"), held.usable)
        self._total(Measure(search, threshold, "found"), held.among(self._run_concepts).any())
        rows, concepts = held.split()
        codes, samples = np.unique(self._shards[rows] * max(1, held.concepts) + concepts, return_counts=True)
        shards = codes // max(1, held.concepts)
        self._part(Measure(search, threshold, "concept"), shards, codes - shards * held.concepts, samples)

    def compare(self, threshold: float, said: Held, seen: Held) -> None:
        """Add misaligned samples: whose halves both hold some of the run's concepts, and none in common."""
        said, seen = said.among(self._run_concepts), seen.among(self._run_concepts)
        both = said.both(seen)
        apart = both.usable & said.any() & seen.any() & ~both.any()
        self._total(Measure("integrated", threshold, "misaligned"), apart)

    def batch(self) -> pa.RecordBatch:
        """All counts as one batch."""
        shards, *numbers = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        arrays = [pa.array(values, field.type) for values, field in zip(numbers, list(COUNTS)[1:], strict=True)]
        return pa.RecordBatch.from_arrays([self._names.take(pa.array(shards)), *arrays], schema=COUNTS)

    def _total(self, measure: Measure, rows: Flags) -> None:
        shards, samples = np.unique(self._shards[rows], return_counts=True)
        self._part(measure, shards, np.full(len(shards), TOTAL), samples)

    def _part(self, measure: Measure, shards: Integers, concepts: Integers, samples: Integers) -> None:
        self._parts.append((shards, np.full(len(shards), self._numbers[measure]), concepts, samples))
