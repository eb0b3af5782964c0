"""Ingestion on executors: turns names of shards into samples."""

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
# A caption may have megabytes: a batch holds at most this many characters, plus one caption.
BATCH_CHARACTERS = 16 << 20


@dataclass(frozen=True)
class IngestTask:
    """For `mapInArrow`: turns a column `shard`, names below `root`, into rows of `SAMPLES`.

    Names arrive as rows, so that the task is as small for 10^5 shards as for one. A shard's rows are in reading order,
    with ordinals from 0. Shards of a few rows share a batch, because handing over a batch takes longer than reading
    them.
    """

    reader: Reader
    root: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return gathered(part for batch in batches for shard in batch["shard"].to_pylist() for part in self.read(shard))

    def read(self, shard: str) -> Iterator[pa.RecordBatch]:
        """The rows of one shard, at most `BATCH_ROWS` per batch."""
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
        # Shards come from the web. If one of them meets a bug in a reader, only that shard is lost.
        except Exception as error:
            yield Sample(WHOLE_SHARD, statuses.BAD_SHARD, f"{type(error).__name__}: {error}")


def gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of `batches` in order; small neighbours share a batch of up to `BATCH_ROWS` rows.

    A shared batch has at most `BATCH_CHARACTERS` bytes.
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
