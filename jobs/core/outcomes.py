"""The outcomes of a wave, by shard, from the rows that it wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pyspark.sql import functions as F

from jobs.core.written import Written
from jobs.errors import StageFailed
from jobs.lake.ledger import Outcome, Unit
from udfs.statuses import FETCH_ERROR, USABLE
from udfs.tallies import TALLIES, tally, total


def rejects(statuses: Mapping[str, int]) -> int:
    """The number of samples whose status is not usable."""
    return sum(count for status, count in statuses.items() if status not in USABLE)


def count_statuses(units: Sequence[Unit], written: Written) -> dict[Unit, Outcome]:
    """Outcomes from rows that carry `status` and `seconds`.

    Raises StageFailed if the numbers of a unit's rows and samples differ: nothing may vanish.
    """
    statuses_of: dict[str, dict[str, int]] = defaultdict(dict)
    seconds_of: dict[str, dict[str, float]] = defaultdict(dict)
    found = total(written.through(tally, ("shard", "status", "seconds"), TALLIES))
    for shard, status, phase, amount in zip(*(column.to_pylist() for column in found.columns), strict=True):
        if phase is None:
            statuses_of[shard][status] = int(amount)
        else:
            seconds_of[shard][phase] = amount
    unread = _unread(written) if any(FETCH_ERROR in one for one in statuses_of.values()) else {}
    outcomes = {}
    for unit in units:
        statuses, seconds = statuses_of[unit.shard], seconds_of[unit.shard]
        rows = sum(statuses.values())
        if unit.samples is not None and rows != unit.samples:
            raise StageFailed(
                f"shard {unit.shard}: {unit.samples} samples went in, but {rows} came out, so it is not recorded as "
                "done: start the same command again, and report it if this repeats"
            )
        outcomes[unit] = Outcome(rows, statuses, seconds, unread.get(unit.shard))
    return outcomes


def _unread(written: Written) -> dict[str, str]:
    """The reasons of failed shards in which something could not be fetched, by shard; the next run tries them again.

    A server that refuses or does not answer says nothing about a sample, so no stage may treat the shard as done.
    """
    found = written.frame().where(F.col("status") == FETCH_ERROR).groupBy("shard")
    rows = found.agg(F.count("*").alias("samples"), F.min("detail").alias("detail")).toArrow().to_pylist()
    return {row["shard"]: f"cannot be read: {row['detail']} ({row['samples']} rows)" for row in rows}
