"""Which concepts a sample holds, counted per shard: by its text, by its image, by both, and where the two disagree.

Works on stored nouns and tags alone; no model is needed. A sample counts once a concept and search. Counts of a batch
are partial: whoever sums them over batches gets the shard's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from udfs.text.matching import Matcher, make_matcher
from udfs.text.modes import Mode
from udfs.text.queries import Query
from udfs.text.substrings import SubstringMatcher

COUNTS = pa.schema(
    [
        ("shard", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("measure", pa.string()),
        ("concept", pa.string()),
        ("samples", pa.int64()),
    ]
)

VOCABULARY = pa.schema([("term", pa.string())])

# (shard, search, threshold, measure, concept)
Key = tuple[str, str, float | None, str, str | None]


@dataclass(frozen=True)
class CountTask:
    """Counts samples by concept: input rows hold shard, nouns, positions, text_ok, tags, image_ok.

    `queries` say how text answers a concept, `labels` which concepts a tag's label stands for. A tag is found where
    its float32 score is strictly above the threshold. Misalignment and the totals `found` look at `run_concepts` only;
    a half that no stage looked at has `text_ok` or `image_ok` null.
    """

    queries: tuple[Query, ...]
    match: Mode
    labels: Mapping[str, tuple[str, ...]]
    thresholds: tuple[float, ...]
    run_concepts: frozenset[str]
    ignore_case: bool = False

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        matcher = make_matcher(self.queries, self.match, self.ignore_case)
        for batch in batches:
            counts: Counter[Key] = Counter()
            for row in batch.to_pylist():
                self._count(row, matcher, counts)
            yield _to_batch(counts)

    def _count(self, row: dict[str, Any], matcher: Matcher | SubstringMatcher, counts: Counter[Key]) -> None:
        shard, text, image = row["shard"], bool(row["text_ok"]), bool(row["image_ok"])
        said: set[str] = set()
        if text:
            said = {self.queries[index].concept for index in matcher.match(row["nouns"], row["positions"])}
            self._add(counts, shard, "text", None, said)
        if not image:
            return
        for threshold in self.thresholds:
            seen = self._seen(row["tags"], threshold)
            self._add(counts, shard, "image", threshold, seen)
            if text:
                self._add(counts, shard, "integrated", threshold, said & seen)
                self._compare(counts, shard, threshold, said & self.run_concepts, seen & self.run_concepts)

    def _seen(self, tags: list[dict[str, Any]], threshold: float) -> set[str]:
        limit = np.float32(threshold)
        found = (self.labels.get(tag["label"], ()) for tag in tags if np.float32(tag["score"]) > limit)
        return {concept for concepts in found for concept in concepts}

    def _add(self, counts: Counter[Key], shard: str, search: str, threshold: float | None, held: set[str]) -> None:
        counts[shard, search, threshold, "samples", None] += 1
        if held & self.run_concepts:
            counts[shard, search, threshold, "found", None] += 1
        for concept in held:
            counts[shard, search, threshold, "concept", concept] += 1

    def _compare(self, counts: Counter[Key], shard: str, threshold: float, said: set[str], seen: set[str]) -> None:
        counts[shard, "misalignment", threshold, "samples", None] += 1
        if said and seen and not said & seen:
            counts[shard, "misalignment", threshold, "misaligned", None] += 1


@dataclass(frozen=True)
class VocabularyTask:
    """Which of some terms occur at all among the nouns (column `nouns`): one row a term and batch."""

    terms: frozenset[str]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        left = set(self.terms)
        for batch in batches:
            found = left.intersection(batch.column("nouns").flatten().unique().to_pylist())
            left -= found
            yield pa.RecordBatch.from_pydict({"term": sorted(found)}, schema=VOCABULARY)


def _to_batch(counts: Counter[Key]) -> pa.RecordBatch:
    columns = list(zip(*((*key, count) for key, count in counts.items()), strict=True)) or [()] * len(COUNTS)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, COUNTS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=COUNTS)
