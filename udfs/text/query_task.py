"""Makes queries on an executor: of a long list the driver would take a minute, and its pipeline keep every word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from udfs.text.lean import import_spacy
from udfs.text.modes import Mode, make_queries
from udfs.text.query_columns import as_columns


@dataclass(frozen=True)
class QueryTask:
    """Record batches with `concept` -> batches of the schema QUERIES, one row a concept, in their order."""

    mode: Mode
    pipeline: str
    clean: bool

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        if self.mode != "substring":
            import_spacy(self.pipeline)
        for batch in batches:
            names = batch["concept"].to_pylist()
            yield from as_columns(make_queries(names, self.mode, self.pipeline, self.clean).values()).to_batches()
