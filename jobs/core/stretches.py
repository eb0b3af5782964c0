"""Stretches: neighbouring shards whose rows one task gets together, from one table or from several.

A stretch has about SAMPLES samples. It ends where no file goes on, if there is such a place before it is twice as long:
then each file is read by one task.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.core.frames import of_shards, spark_schema
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import Slice, spark_condition
from jobs.lake.small_tables import Span
from udfs.stored_files import Task
from udfs.stretch_task import PARTS, SHARD, Source, StretchTask

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SAMPLES = 500_000


@dataclass(frozen=True)
class Stored:
    """Rows of a table, and how they are read.

    cuts: whether stretches should end where its files do; not if it has few bytes of each shard.
    """

    table: str
    partitions: Slice
    source: Source
    cuts: bool = True

    @property
    def where(self) -> Slice:
        """The partitions and keys of the rows."""
        return self.partitions if self.source.keys is None else {**self.partitions, "key": self.source.keys}

    @property
    def with_searched(self) -> Stored:
        """With the rows of all samples that could be searched, which have no key."""
        keys = self.source.keys
        if keys is None or None in keys:
            return self
        return replace(self, source=replace(self.source, keys=(*keys, None)))

    def frame(self, lake: Lake, shards: Sequence[str]) -> DataFrame:
        """The rows of these shards as a Spark frame, without what the source's task makes of them."""
        rows = of_shards(lake.read(self.table).where(spark_condition(self.where)), shards)
        return rows.select(*self.source.columns)


def map_stretches(
    lake: Lake, stored: Sequence[Stored], units: Sequence[Unit], task: Task, schema: pa.Schema
) -> DataFrame:
    """The output of `task` for each stretch of the units' shards, as a frame of `schema`.

    The task gets what the sources make of all rows of a stretch, those of all samples that could be searched among
    them, and nothing of another stretch. A unit's work is the number of its samples.
    """
    stored = [one.with_searched for one in stored]
    if not all(lake.opens_files(one.table) for one in stored):
        return _by_spark(lake, stored, units, task, schema)
    given, stretches = parts_of(lake, stored, units)
    reading = StretchTask(tuple(one.source for one in stored), task)
    return _placed(lake.spark.createDataFrame(given), stretches).mapInArrow(reading, spark_schema(schema))


def parts_of(lake: Lake, stored: Sequence[Stored], units: Sequence[Unit]) -> tuple[pa.Table, int]:
    """The stretches of the units' shards as PARTS, with their number; the driver opens the files of the tables."""
    files = [lake.spans(one.table, one.partitions) for one in stored]
    stretches = cut(units, [span for one, spans in zip(stored, files, strict=True) if one.cuts for span in spans])
    shards = [(part, SHARD, shard) for part, names in enumerate(stretches) for shard in names]
    read = [(part, number, path) for number, spans in enumerate(files) for part, path in read_by(stretches, spans)]
    columns = [
        pa.array(column, kind) for column, kind in zip(zip(*shards, *read, strict=True), PARTS.types, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=PARTS), len(stretches)


def cut(units: Sequence[Unit], spans: Sequence[Span]) -> list[list[str]]:
    """The names of the units' shards, in order, as stretches; `spans` are the files that hold their rows."""
    units = sorted(units, key=lambda unit: unit.shard)
    stretches: list[list[str]] = [[]]
    filled = 0
    for unit, goes_on in zip(units, _crossed(units, spans), strict=True):
        stretches[-1].append(unit.shard)
        filled += unit.work
        if filled >= 2 * SAMPLES or (filled >= SAMPLES and not goes_on):
            stretches.append([])
            filled = 0
    return [stretch for stretch in stretches if stretch]


def _crossed(units: Sequence[Unit], spans: Sequence[Span]) -> Iterator[bool]:
    """For each unit, whether some file goes on from its shard, or an earlier one, to the next one."""
    by_first = sorted(spans, key=lambda span: span.first)
    at, reached = 0, ""
    for unit, following in zip(units, [*(unit.shard for unit in units[1:]), None], strict=True):
        while at < len(by_first) and by_first[at].first <= unit.shard:
            reached = max(reached, by_first[at].last)
            at += 1
        yield following is not None and reached >= following


def read_by(stretches: Sequence[Sequence[str]], spans: Sequence[Span]) -> Iterator[tuple[int, str]]:
    """The files that may hold rows of each stretch, as (number of the stretch, path)."""
    by_first = sorted(spans, key=lambda span: span.first)
    at, open_files = 0, list[Span]()
    for part, shards in enumerate(stretches):
        while at < len(by_first) and by_first[at].first <= shards[-1]:
            open_files.append(by_first[at])
            at += 1
        open_files = [span for span in open_files if span.last >= shards[0]]
        yield from ((part, span.path) for span in open_files)


def _by_spark(lake: Lake, stored: Sequence[Stored], units: Sequence[Unit], task: Task, schema: pa.Schema) -> DataFrame:
    """`map_stretches` where only Spark reads the tables: rows move to the one task of their stretch."""
    from pyspark.sql import DataFrame
    from pyspark.sql import functions as F

    stretches = cut(units, [])
    pairs = [(shard, part) for part, shards in enumerate(stretches) for shard in shards]
    parts = F.broadcast(lake.spark.createDataFrame(pairs, "shard STRING, part INT"))
    frames = []
    for one in stored:
        rows = one.frame(lake, [shard for shard, _ in pairs])
        if one.source.task is not None:
            rows = rows.mapInArrow(one.source.task, spark_schema(one.source.schema))
        frames.append(rows)
    rows = reduce(DataFrame.unionByName, frames).join(parts, "shard")
    return _placed(rows, len(stretches)).drop("part").mapInArrow(task, spark_schema(schema))


def _placed(rows: DataFrame, parts: int) -> DataFrame:
    """Rows with the column `part`, each part in a partition of its own."""
    return rows.repartitionById(parts, "part") if parts > 1 else rows.coalesce(1)
