"""Why the samples of a lake were rejected, and shards failed.

For each status of a stage `MOST` rejects are read, from the shards that hold most of them. So a lake of any size costs
a few files, and the driver holds `MOST` details at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import Window
from pyspark.sql import functions as F

from jobs.core.waves import Plan
from jobs.lake import ledger
from jobs.lake.lake import Lake
from jobs.lake.slices import spark_condition
from jobs.lake.tables import TABLES
from jobs.results.corpora.reject_reasons import Reason, Tally
from udfs.statuses import USABLE

MOST: Final = 1_000
COLUMNS: Final = ("corpus", "spec", "status", "detail", "shard", "sample")
# (corpus, spec, status): a spec belongs to one stage.
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Rejected:
    """The rejects of one stage of a corpus: their number by status and shard, and the failed shards with the reason."""

    corpus: str
    table: str
    spec: str
    shards: Mapping[str, Mapping[str, int]]
    failed: Mapping[str, str | None]

    @classmethod
    def of(cls, plan: Plan, rows: Mapping[str, Mapping[str, Any]]) -> Rejected:
        """The rejects according to the ledger's rows of a stage, by shard."""
        shards: dict[str, dict[str, int]] = {}
        failed: dict[str, str | None] = {}
        current = {unit.shard: unit.fingerprint for unit in plan.planned}
        for shard, row in rows.items():
            if row["state"] == ledger.FAILED and current.get(shard) == row["fingerprint"]:
                failed[shard] = row["detail"]
            for status, count in row["statuses"].items():
                if status not in USABLE and count:
                    shards.setdefault(status, {})[shard] = count
        return cls(plan.corpus, plan.table, plan.specs[0].id, shards, failed)

    def key(self, status: str) -> Key:
        """The key of the rows of this status."""
        return self.corpus, self.spec, status

    @property
    def looked_at(self) -> set[str]:
        """The shards whose rejects are read: for each status those with most rejects, until they hold `MOST`."""
        return {shard for counts in self.shards.values() for shard in _largest(counts)}


def _largest(counts: Mapping[str, int]) -> Iterator[str]:
    held = 0
    for shard, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        if held < MOST:
            yield shard
        held += count


def read_reasons(lake: Lake, asked: Sequence[Rejected]) -> list[tuple[Reason, ...]]:
    """The reasons for each stage in `asked`: those of failed shards, then those of rejects by status.

    A table is read once, whatever the number of corpora.
    """
    tallies: dict[Key, Tally] = {}
    for table in {one.table for one in asked if "detail" in TABLES[one.table].column_names}:
        tallies |= _read(lake, table, [one for one in asked if one.table == table])
    return [(*_failures(one), *_rejects(one, tallies)) for one in asked]


def _failures(one: Rejected) -> list[Reason]:
    tally = Tally(ledger.FAILED)
    for shard, detail in sorted(one.failed.items()):
        tally.add(detail, shard, None)
    return tally.reasons()


def _rejects(one: Rejected, tallies: Mapping[Key, Tally]) -> Iterator[Reason]:
    for status in sorted(one.shards):
        tally = tallies.get(one.key(status))
        yield from tally.reasons() if tally else ()


def _read(lake: Lake, table: str, asked: Sequence[Rejected]) -> dict[Key, Tally]:
    """The tallies of a table's rejects."""
    tallies = {one.key(status): Tally(status) for one in asked for status in one.shards}
    awaited = sum(min(MOST, sum(counts.values())) for one in asked for counts in one.shards.values())
    where = {
        "corpus": sorted({one.corpus for one in asked}),
        "spec": sorted({one.spec for one in asked}),
        "shard": sorted(set().union(*(one.looked_at for one in asked))),
        "status": sorted({status for one in asked for status in one.shards}),
    }
    for batch in _batches(lake, table, where) if awaited else ():
        for corpus, spec, status, detail, shard, sample in zip(*batch.to_pydict().values(), strict=True):
            tally = tallies.get((corpus, spec, status))
            if tally is not None and tally.seen < MOST:
                tally.add(detail, shard, sample)
                awaited -= 1
        if awaited <= 0:
            break
    return tallies


def _batches(lake: Lake, table: str, where: Mapping[str, list[str]]) -> Iterator[pa.RecordBatch]:
    """Columns of the rows in which columns have these values; at most `MOST` per key if the lake needs Spark."""
    if lake.without_spark:
        yield from lake.batches(table, COLUMNS, **where)
        return
    each = Window.partitionBy(*COLUMNS[:3]).orderBy("shard", "sample")
    rows = lake.read(table).where(spark_condition(where)).withColumn("number", F.row_number().over(each))
    yield from rows.where(F.col("number") <= MOST).select(*COLUMNS).toArrow().to_batches()
