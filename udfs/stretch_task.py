"""Reads all stored rows of a stretch of shards, from one table or several, for a task that needs them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import coded
from udfs.statuses import OK
from udfs.stored_files import Task, read_rows

# A stretch, as rows with its number: the names of its shards, whose `source` is SHARD, and the files of each source.
PARTS: Final = pa.schema([("part", pa.int32()), ("source", pa.int32()), ("text", pa.string())])
SHARD: Final = -1


@dataclass(frozen=True)
class Source:
    """The columns of a table, and the rows of `schema` that a task makes of them; both have the column `shard`.

    Without a task they stay as they are. keys: only rows whose column `key` has one of these values; None: all rows.
    """

    columns: tuple[str, ...]
    task: Task | None = None
    schema: pa.Schema | None = None
    keys: tuple[str | None, ...] | None = None

    def read(self, files: Sequence[str], shards: pa.Array) -> Iterator[pa.RecordBatch]:
        """The rows of these shards in files."""
        if not len(shards):
            return
        bounds = pc.min_max(shards)
        between = bounds["min"].as_py(), bounds["max"].as_py()
        for file in files:
            yield from of_shards(read_rows(file, self.columns, self.keys, between), shards)


@dataclass(frozen=True)
class StretchTask:
    """Feeds `task` with what the sources make of the rows of one stretch at a time. Input rows are PARTS."""

    sources: tuple[Source, ...]
    task: Task

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        given = pa.Table.from_batches(batches, PARTS)
        for part in sorted(given["part"].unique().to_pylist()):
            yield from self.task(self._rows(given.filter(pc.field("part") == part)))

    def _rows(self, part: pa.Table) -> Iterator[pa.RecordBatch]:
        shards = part.filter(pc.field("source") == SHARD)["text"].combine_chunks()
        for number, source in enumerate(self.sources):
            files = part.filter(pc.field("source") == number)["text"].to_pylist()
            rows = source.read(files, shards)
            yield from source.task(rows) if source.task else rows


def of_shards(batches: Iterator[pa.RecordBatch], shards: pa.Array) -> Iterator[pa.RecordBatch]:
    """The rows of these shards; a file may also hold rows of others."""
    for batch in batches:
        names = coded(batch["shard"])
        known = pc.is_in(names.dictionary, shards)
        kept = batch if pc.all(known).as_py() else batch.filter(known.take(names.indices))
        if kept.num_rows:
            yield kept


def usable_samples(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows whose `status` is ok, as the `task` of a source of samples."""
    for batch in batches:
        yield batch.filter(pc.equal(batch["status"].cast(pa.string()), OK))
