"""Clocks that disagree: whether a lease has run out is judged by the driver's clock, and written by another driver's.

A clock is read between two readings of the driver's own, so that only what lies outside of these is surely wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

from pyspark.sql import SparkSession

from jobs.core.frames import one_task_everywhere, spark_schema
from jobs.doctor.findings import Finding
from udfs.inspection import CLOCK, ClockTask

# Seconds that machines with a time service do not differ by.
FEW = 3.0
# Object stores tell times in whole seconds.
WHOLE = 1.0


def look_at_executors(spark: SparkSession, lease_seconds: float) -> Iterator[Finding]:
    """The clocks of the executors, one finding a machine. Their Python runs already, so that the answer comes soon."""
    earliest = time.time()
    rows = one_task_everywhere(spark).mapInArrow(ClockTask(), spark_schema(CLOCK)).toArrow().to_pylist()
    latest = time.time()
    apart: dict[str, float] = {}
    for row in rows:
        apart[row["host"]] = max(skew(row["time"], earliest, latest), apart.get(row["host"], 0.0), key=abs)
    for host, seconds in sorted(apart.items()):
        yield judge(f"clock of the executor on {host}", seconds, lease_seconds)


def look_at_store(written: datetime, earliest: float, latest: float, lease_seconds: float) -> Finding:
    """The store's clock, by the time that it gave to what was written between two readings of the driver's."""
    return judge("clock of the lake's storage", skew(written.timestamp(), earliest - WHOLE, latest), lease_seconds)


def skew(told: float, earliest: float, latest: float) -> float:
    """By how many seconds a clock is ahead at least (negative: behind), 0 where it may be right."""
    return max(told - latest, 0.0) + min(told - earliest, 0.0)


def judge(what: str, seconds: float, lease_seconds: float) -> Finding:
    """Well, doubtful above a few seconds, ill above half of a lease: a run that lives could be taken for dead then."""
    if abs(seconds) <= FEW:
        return Finding(what, True, "agrees with the driver's")
    found = (
        f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} the driver's: let all machines ask one time"
    )
    found += " service (NTP)"
    if abs(seconds) <= lease_seconds / 2:
        return Finding(what, True, found, doubtful=True)
    return Finding(what, False, f"{found}, or raise lease_seconds ({lease_seconds:g}) above {2 * abs(seconds):.0f}")
