"""The rows that a table holds of some shards, read to verify a commit, or to find out what was written before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from jobs.core.frames import of_shards
from jobs.core.stored_rows import map_stored
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import Slice, spark_condition
from jobs.lake.tables import TABLES
from udfs.stored_files import Task

# The driver itself reads about so many rows of a local folder: that takes 10 ms, and a Spark job at least 300.
ROWS_HERE = 200_000
# Tables with one of these in their key have more rows if a shard has more samples.
PER_SAMPLE = frozenset({"sample", "key"})
# A sample takes about so many bytes of a shard at least: a caption, and what surrounds it.
SAMPLE_BYTES = 64


@dataclass(frozen=True)
class Written:
    """The rows of `shards` in the `partitions` of a table, about `samples` in number."""

    lake: Lake
    table: str
    partitions: Slice
    shards: Sequence[str]
    samples: int

    @classmethod
    def of(cls, lake: Lake, table: str, partitions: Slice, units: Sequence[Unit]) -> Written:
        """The rows of these units' shards."""
        return cls(lake, table, partitions, [unit.shard for unit in units], sum(map(_expected, units)))

    def frame(self) -> DataFrame:
        """The rows as a Spark frame."""
        return of_shards(self.lake.read(self.table).where(spark_condition(self.partitions)), self.shards)

    @property
    def few(self) -> bool:
        """Whether the driver itself reads the rows: each is a sample, or a key of one, or all that a shard has."""
        rows = self.samples if has_rows_of_samples(self.table) else len(self.shards)
        return rows <= ROWS_HERE and self.lake.opens_files(self.table)

    def through(self, task: Task, columns: Sequence[str], schema: pa.Schema) -> pa.Table:
        """The output of `task` for these columns of the rows, if it fits the driver; both have the column `shard`."""
        if self.few:
            rows = self.lake.batches(self.table, columns, **self.partitions, shard=list(self.shards))
            return pa.Table.from_batches(task(rows), schema)
        where = self.lake, self.table, self.partitions, self.shards
        frame = map_stored(*where, columns, task, schema, self.samples)
        found = frame.toArrow()
        # The files of these shards may hold rows of others.
        return found.filter(pc.field("shard").isin(pa.array(self.shards, pa.string())))


def has_rows_of_samples(table: str) -> bool:
    """Whether a shard of more samples has more rows in the table."""
    return not PER_SAMPLE.isdisjoint(TABLES[table].key)


def _expected(unit: Unit) -> int:
    """About how many rows a unit's shard has, rather too many than too few."""
    return (unit.bytes or 0) // SAMPLE_BYTES if unit.samples is None else unit.samples
