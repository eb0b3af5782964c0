"""Reads rows of a table of any size on the driver, a record batch at a time, with Spark only if nothing else can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from jobs.core.frames import spark_schema
from jobs.core.stored_rows import may_hold
from jobs.core.stretches import Stored, cut, map_stretches, parts_of
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from udfs.stored_files import Task
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
    stored = [one.with_searched for one in stored]
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
        source = one.source
        assert source.task is not None and source.schema is not None
        if lake.opens:
            yield from source.task(of_some_shards(lake, one, shards))
        else:
            rows = one.frame(lake, shards)
            yield from rows.mapInArrow(source.task, spark_schema(source.schema)).toArrow().to_batches()


def of_some_shards(lake: Lake, stored: Stored, shards: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of these shards as they are stored; files that hold none of them are not opened."""
    table = stored.table
    if lake.opens_files(table):
        files = [span.path for span in lake.spans(table, stored.partitions) if may_hold(span, shards)]
        yield from stored.source.read(files, pa.array(shards, pa.string()))
    elif lake.opens:
        yield from lake.batches(table, stored.source.columns, **stored.where, shard=list(shards))
    else:
        yield from stored.frame(lake, shards).toArrow().to_batches()
