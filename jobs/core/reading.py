"""Reads rows of a table of any size on the driver, a record batch at a time, with Spark only if nothing else can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.frames import of_shards, spark_schema
from jobs.core.stored_rows import may_hold
from jobs.core.stretches import Stored
from jobs.lake.lake import Lake
from jobs.lake.slices import Slice, spark_condition
from udfs.stored_files import read_rows


def found_in(lake: Lake, stored: Stored) -> Iterator[pa.RecordBatch]:
    """What the source of stored rows finds in them."""
    source, keys = stored.source, {} if stored.keys is None else {"key": list(stored.keys)}
    assert source.task is not None and source.schema is not None
    if lake.opens:
        given = {name: [one] if isinstance(one, str) else list(one) for name, one in stored.partitions.items()}
        yield from source.task(lake.batches(stored.table, source.columns, **given, **keys))
        return
    rows = lake.read(stored.table).where(spark_condition({**stored.partitions, **keys})).select(*source.columns)
    yield from rows.mapInArrow(source.task, spark_schema(source.schema)).toArrow().to_batches()


def of_some_shards(
    lake: Lake, table: str, partitions: Slice, shards: Sequence[str], columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """The rows of these shards; files that hold none of them are not opened."""
    names = pa.array(shards, pa.string())
    if lake.opens_files(table):
        for span in lake.spans(table, partitions):
            if may_hold(span, shards):
                for batch in read_rows(span.path, columns):
                    yield batch.filter(pc.is_in(batch["shard"].cast(pa.string()), names))
    elif lake.opens:
        given = {name: [one] if isinstance(one, str) else list(one) for name, one in partitions.items()}
        yield from lake.batches(table, columns, **given, shard=list(shards))
    else:
        rows = of_shards(lake.read(table).where(spark_condition(partitions)), shards)
        yield from rows.select(*columns).toArrow().to_batches()
