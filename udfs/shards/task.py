"""Ingestion on executors: names of shards in, samples out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import pyarrow as pa

from udfs import statuses
from udfs.shards.registry import Reader
from udfs.shards.samples import WHOLE_SHARD, Sample, to_batch
from udfs.shards.uris import join

BATCH_ROWS = 1024
# Captions may be megabytes each: a batch ends before it holds more characters than this and one caption.
BATCH_CHARACTERS = 16 << 20


@dataclass(frozen=True)
class IngestTask:
    """For `mapInArrow`: a column `shard`, names below `root`, becomes rows of `SAMPLES`.

    Names come as rows, so that the task is as small for 10^5 shards as for one. A shard's rows are in reading order,
    with ordinals from 0. Shards of a few rows share a batch: what hands one over takes longer than they do.
    """

    reader: Reader
    root: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return gathered(part for batch in batches for shard in batch["shard"].to_pylist() for part in self.read(shard))

    def read(self, shard: str) -> Iterator[pa.RecordBatch]:
        """The rows of one shard, at most `BATCH_ROWS` a batch."""
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


def gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of `batches` in order, small neighbours in one batch of up to `BATCH_ROWS` and so many bytes as
    `BATCH_CHARACTERS`.
    """
    kept: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if kept and (rows + batch.num_rows > BATCH_ROWS or size + batch.nbytes > BATCH_CHARACTERS):
            yield pa.concat_batches(kept)
            kept, rows, size = [], 0, 0
        kept.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
    if kept:
        yield pa.concat_batches(kept)
