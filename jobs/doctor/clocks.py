"""Checks for clocks that disagree: a driver's clock decides whether a lease that another driver wrote has run out.

A clock is read between two readings of the driver's own clock. Only a time outside of these two is certainly wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

from pyspark.sql import SparkSession

from jobs.core.frames import one_task_everywhere, spark_schema
from jobs.doctor.findings import Finding
from udfs.inspection import CLOCK, ClockTask

# Seconds. Machines with a time service differ by less.
FEW = 3.0
# Object stores give times in whole seconds.
WHOLE = 1.0


def look_at_executors(spark: SparkSession, lease_seconds: float) -> Iterator[Finding]:
    """The clocks of the executors, one finding per machine. Their Python already runs, so the answer comes soon."""
    earliest = time.time()
    rows = one_task_everywhere(spark).mapInArrow(ClockTask(), spark_schema(CLOCK)).toArrow().to_pylist()
    latest = time.time()
    apart: dict[str, float] = {}
    for row in rows:
        apart[row["host"]] = max(skew(row["time"], earliest, latest), apart.get(row["host"], 0.0), key=abs)
    for host, seconds in sorted(apart.items()):
        yield judge(f"clock of the executor on {host}", seconds, lease_seconds)


def look_at_store(written: datetime, earliest: float, latest: float, lease_seconds: float) -> Finding:
    """The store's clock, from the time that it gave to a file written between two readings of the driver's clock."""
    return judge("clock of the lake's storage", skew(written.timestamp(), earliest - WHOLE, latest), lease_seconds)


def skew(told: float, earliest: float, latest: float) -> float:
    """The least number of seconds by which a clock is ahead (negative: behind); 0 if it may be right."""
    return max(told - latest, 0.0) + min(told - earliest, 0.0)


def judge(what: str, seconds: float, lease_seconds: float) -> Finding:
    """A finding: doubtful above a few seconds, bad above half of a lease, when a live run could be taken for dead."""
    if abs(seconds) <= FEW:
        return Finding(what, True, "agrees with the driver's")
    way = "ahead of" if seconds > 0 else "behind"
    found = f"{abs(seconds):.0f} s {way} the driver's: set the clocks of all machines by one time service (NTP)"
    if abs(seconds) <= lease_seconds / 2:
        return Finding(what, True, found, doubtful=True)
    return Finding(what, False, f"{found}, or raise lease_seconds ({lease_seconds:g}) above {2 * abs(seconds):.0f}")
