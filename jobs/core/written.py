"""The rows that a table holds of a wave's shards, read back after the commit to verify it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from jobs.core.frames import of_shards
from jobs.core.stored_rows import map_stored
from jobs.lake.lake import Lake
from jobs.lake.slices import Slice, spark_condition
from udfs.stored_files import Task

# The driver itself reads about so many rows of a local folder: that takes 10 ms, and a Spark job at least 300.
ROWS_HERE = 200_000


@dataclass(frozen=True)
class Written:
    """The rows of `shards` in the `partitions` of a table, about `samples` in number."""

    lake: Lake
    table: str
    partitions: Slice
    shards: Sequence[str]
    samples: int

    def frame(self) -> DataFrame:
        """The rows as a Spark frame."""
        return of_shards(self.lake.read(self.table).where(spark_condition(self.partitions)), self.shards)

    def through(self, task: Task, columns: Sequence[str], schema: pa.Schema) -> pa.Table:
        """The output of `task` for these columns of the rows, if it fits the driver; both have the column `shard`."""
        if self.samples <= ROWS_HERE and self.lake.at.folder is not None:
            rows = self.lake.batches(self.table, columns, **self.partitions, shard=list(self.shards))
            return pa.Table.from_batches(task(rows), schema)
        frame = map_stored(self.lake, self.table, self.frame(), columns, task, schema, self.samples)
        found = frame.toArrow()
        # The files of these shards may hold rows of others.
        return found.filter(pc.field("shard").isin(pa.array(self.shards, pa.string())))
