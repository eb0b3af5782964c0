"""How many captions or URLs of a corpus repeat others, letter by letter.

Distinct values are told by hashes of 64 bits: among 10^9 values two different ones have the same hash with a
probability of 3 %, and the share moves by 10^-9 then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jobs.core.frames import of_shards
from jobs.core.reading import driver_reads
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import spark_condition
from udfs.counting.arrays import Integers, coded, distinct
from udfs.statuses import OK

TABLE = "samples"
# So many hashes are kept until their repeats are dropped. The driver reads 20 million samples at most: 160 MB.
HASHES = 1 << 22


@dataclass(frozen=True)
class RepeatedValues:
    """The usable samples that have a value in this column of `samples`, and how many distinct values there are."""

    column: str
    values: int
    distinct: int

    @property
    def repeats(self) -> int:
        """The samples whose value an earlier one has."""
        return self.values - self.distinct


def repeated_values(lake: Lake, corpus: str, spec: str, units: Sequence[Unit], column: str) -> RepeatedValues:
    """The repeats of a text column among the usable samples of the units' shards."""
    where = {"corpus": corpus, "spec": spec, "status": OK}
    if driver_reads(lake, units):
        return _counted_here(lake, where, units, column)
    from pyspark.sql import functions as F

    rows = of_shards(lake.read(TABLE).where(spark_condition(where)), [unit.shard for unit in units])
    known = rows.where(F.col(column).isNotNull())
    found = known.agg(F.count(column), F.count_distinct(F.xxhash64(column))).toArrow()
    return RepeatedValues(column, *(one[0].as_py() for one in found.columns))


def _counted_here(lake: Lake, where: dict[str, str], units: Sequence[Unit], column: str) -> RepeatedValues:
    shards = [unit.shard for unit in units]
    hashes: list[Integers] = [np.zeros(0, np.int64)]
    values = kept = 0
    for batch in lake.batches(TABLE, (column,), **where, shard=shards):
        texts = batch[column].drop_null()
        values += len(texts)
        hashes.append(_hashes(texts))
        kept += len(hashes[-1])
        if kept > HASHES:
            hashes, kept = [distinct(np.concatenate(hashes))], 0
    return RepeatedValues(column, values, len(distinct(np.concatenate(hashes))))


def _hashes(texts: pa.Array) -> Integers:
    """The hashes of the distinct texts: SipHash, which Python keys anew in each process."""
    known = coded(texts).dictionary
    return np.fromiter(map(hash, known.to_pylist()), np.int64, len(known))
