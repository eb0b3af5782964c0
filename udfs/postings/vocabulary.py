"""Finds which words of a list occur in a corpus at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

VOCABULARY: Final = pa.schema([("term", pa.string())])


@dataclass(frozen=True)
class VocabularyTask:
    """Finds which of `terms` are a `key` of postings: at most one row per term and task."""

    terms: frozenset[str]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        left = set(self.terms)
        for batch in batches:
            found = left.intersection(batch["key"].unique().to_pylist())
            left -= found
            yield pa.RecordBatch.from_pydict({"term": sorted(found)}, schema=VOCABULARY)
