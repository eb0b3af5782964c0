"""The samples of a corpus that hold each of many concepts, added up over all stretches: by the driver, or by Spark."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.core.reading import driver_reads, through_stretches
from jobs.core.stretches import Stored, map_stretches
from jobs.core.sums import summed_as_read
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from udfs.counting.capped import HELD, HeldTask


def sum_held(lake: Lake, stored: Sequence[Stored], units: Sequence[Unit], task: HeldTask) -> dict[int, int]:
    """The sums of HELD over the units' shards: samples by number; a number without a sample may be left out."""
    if driver_reads(lake, units):
        sums = summed_as_read(through_stretches(lake, stored, units, task, HELD), HELD, ["number"])
    else:
        from pyspark.sql import functions as F

        rows = map_stretches(lake, stored, units, task, HELD)
        sums = rows.groupBy("number").agg(F.sum("samples").alias("samples")).toArrow()
    return dict(zip(sums["number"].to_pylist(), sums["samples"].to_pylist(), strict=True))
