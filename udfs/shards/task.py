"""Ingestion on executors: ids of shards in, samples out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import pyarrow as pa

from udfs import statuses
from udfs.shards.records import WHOLE_SHARD, Sample, to_batch
from udfs.shards.registry import Reader
from udfs.shards.uris import join

BATCH_ROWS = 1024
# Captions may be megabytes each: a batch ends before it holds more characters than this and one caption.
BATCH_CHARACTERS = 16 << 20


@dataclass(frozen=True)
class IngestTask:
    """For `mapInArrow`: an int64 column `id`, an index into `shards`, becomes rows of `SAMPLES`.

    A shard's rows are in reading order, with ordinals from 0, at most `BATCH_ROWS` a batch.
    """

    reader: Reader
    root: str
    shards: tuple[str, ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for index in batch.column("id").to_pylist():
                yield from self._shard(self.shards[index])

    def _shard(self, shard: str) -> Iterator[pa.RecordBatch]:
        rows: list[Sample] = []
        ordinal = characters = 0
        begun = perf_counter()
        for sample in self._read(shard):
            rows.append(sample)
            characters += len(sample.caption or "")
            if len(rows) == BATCH_ROWS or characters >= BATCH_CHARACTERS:
                yield to_batch(shard, rows, ordinal, {"read": perf_counter() - begun})
                ordinal += len(rows)
                rows, characters, begun = [], 0, perf_counter()
        if rows:
            yield to_batch(shard, rows, ordinal, {"read": perf_counter() - begun})

    def _read(self, shard: str) -> Iterator[Sample]:
        try:
            yield from self.reader.read(join(self.root, shard), shard)
        except OSError as error:
            yield Sample(WHOLE_SHARD, statuses.FETCH_ERROR, f"{type(error).__name__}: {error}")
        # Shards come from the web: one that finds a fault in a reader costs itself, not a thousand others.
        except Exception as error:
            yield Sample(WHOLE_SHARD, statuses.BAD_SHARD, f"{type(error).__name__}: {error}")
