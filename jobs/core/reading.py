"""Reads rows of a table of any size on the driver, a record batch at a time, with Spark only if nothing else can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import pyarrow as pa

from jobs.core.frames import of_shards, spark_schema
from jobs.core.stored_rows import may_hold
from jobs.core.stretches import Stored
from jobs.lake.lake import Lake
from jobs.lake.slices import Slice, spark_condition
from udfs import stretch_task
from udfs.stored_files import read_rows


def found_in(lake: Lake, stored: Stored) -> Iterator[pa.RecordBatch]:
    """What the source of stored rows finds in them."""
    source, keys = stored.source, {} if stored.keys is None else {"key": list(stored.keys)}
    assert source.task is not None and source.schema is not None
    if lake.opens:
        yield from source.task(lake.batches(stored.table, source.columns, **stored.partitions, **keys))
        return
    rows = lake.read(stored.table).where(spark_condition({**stored.partitions, **keys})).select(*source.columns)
    yield from rows.mapInArrow(source.task, spark_schema(source.schema)).toArrow().to_batches()


def of_some_shards(
    lake: Lake, table: str, partitions: Slice, shards: Sequence[str], columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """The rows of these shards; files that hold none of them are not opened."""
    if lake.opens_files(table):
        files = (span.path for span in lake.spans(table, partitions) if may_hold(span, shards))
        rows = chain.from_iterable(read_rows(file, columns) for file in files)
        yield from stretch_task.of_shards(rows, pa.array(shards, pa.string()))
    elif lake.opens:
        yield from lake.batches(table, columns, **partitions, shard=list(shards))
    else:
        frame = of_shards(lake.read(table).where(spark_condition(partitions)), shards)
        yield from frame.select(*columns).toArrow().to_batches()
