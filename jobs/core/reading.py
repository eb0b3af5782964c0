"""Reads rows of a table of any size on the driver, a record batch at a time, with Spark only if nothing else can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import pyarrow as pa

from jobs.core.frames import of_shards, spark_schema
from jobs.core.stored_rows import may_hold
from jobs.core.stretches import Stored, cut, map_stretches, parts_of
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import Slice, spark_condition
from udfs import stretch_task
from udfs.stored_files import Task, read_rows
from udfs.stretch_task import StretchTask

# The driver itself works through stretches of up to so many samples: half a minute of one core for 5,000 concepts.
SAMPLES_HERE = 20_000_000


def driver_reads(lake: Lake, units: Sequence[Unit]) -> bool:
    """Whether the driver itself reads the rows of the units: it can open the lake, and their samples are not many."""
    return lake.opens and sum(unit.work for unit in units) <= SAMPLES_HERE


def through_stretches(
    lake: Lake, stored: Sequence[Stored], units: Sequence[Unit], task: Task, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The output of `task` for each stretch of the units' shards, as `jobs.core.stretches.map_stretches` makes it.

    The driver does the work if it can (`driver_reads`); else Spark does.
    """
    if not driver_reads(lake, units):
        yield from map_stretches(lake, stored, units, task, schema).toArrow().to_batches()
    elif all(lake.opens_files(one.table) for one in stored):
        given, _ = parts_of(lake, stored, units)
        yield from StretchTask(tuple(one.source for one in stored), task)(iter(given.to_batches()))
    else:
        for shards in cut(units, []):
            own = set(shards)
            yield from task(found_in_shards(lake, stored, [unit for unit in units if unit.shard in own]))


def found_in_shards(lake: Lake, stored: Sequence[Stored], units: Sequence[Unit]) -> Iterator[pa.RecordBatch]:
    """What the sources of stored rows find in the units' shards."""
    shards = [unit.shard for unit in units]
    for one in stored:
        source, equals = one.source, dict(one.partitions)
        assert source.task is not None and source.schema is not None
        if one.keys is not None:
            equals["key"] = list(one.keys)
        if lake.opens:
            yield from source.task(lake.batches(one.table, source.columns, **equals, shard=shards))
        else:
            rows = of_shards(lake.read(one.table).where(spark_condition(equals)), shards).select(*source.columns)
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
