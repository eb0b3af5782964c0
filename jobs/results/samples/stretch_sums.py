"""What a task counts in each stretch of a corpus, added up over all of them: by the driver, or by Spark."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from jobs.core.reading import driver_reads, through_stretches
from jobs.core.stretches import Stored, map_stretches
from jobs.core.sums import summed_as_read
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from udfs.stored_files import Task


def sum_stretches(
    lake: Lake, stored: Sequence[Stored], units: Sequence[Unit], task: Task, schema: pa.Schema, by: Sequence[str]
) -> pa.Table:
    """The output of `task` over all stretches of the units' shards: its other columns summed by these, in `schema`."""
    if driver_reads(lake, units):
        return summed_as_read(through_stretches(lake, stored, units, task, schema), schema, by)
    from pyspark.sql import functions as F

    sums = [F.sum(name).alias(name) for name in schema.names if name not in by]
    rows = map_stretches(lake, stored, units, task, schema).groupBy(*by).agg(*sums)
    return rows.select(*schema.names).toArrow().cast(schema)
