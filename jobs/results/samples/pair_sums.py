"""Pairs of concepts added up over all stretches of a corpus: by the driver, or by Spark before they get there."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.reading import driver_reads, through_stretches
from jobs.core.stretches import Stored, map_stretches
from jobs.core.sums import summed_as_read
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from udfs.counting.pairs import PAIRS, PairTask

KEYS = ["first", "second"]


def sum_pairs(lake: Lake, stored: Sequence[Stored], units: Sequence[Unit], task: PairTask, least: int) -> pa.Table:
    """The output of `task` over all stretches of the units' shards, as one row of PAIRS for each pair.

    Pairs with fewer than `least` samples are left out, before they reach the driver if Spark does the work. The driver
    holds some 16 bytes for each pair that is left.
    """
    if driver_reads(lake, units):
        sums = summed_as_read(through_stretches(lake, stored, units, task, PAIRS), PAIRS, KEYS)
        return sums.filter((pc.field("first") == pc.field("second")) | (pc.field("samples") >= least))
    from pyspark.sql import functions as F

    sums = map_stretches(lake, stored, units, task, PAIRS).groupBy(*KEYS).agg(F.sum("samples").alias("samples"))
    return sums.where((F.col("first") == F.col("second")) | (F.col("samples") >= least)).toArrow().cast(PAIRS)
