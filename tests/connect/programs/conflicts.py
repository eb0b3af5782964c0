"""Two writers of one partition, over and over: every commit meets others, and all of them are in the table at the end.

Prints how many commits met another, and the shards in the table.
"""

from __future__ import annotations

import logging
import sys
from concurrent.futures import ThreadPoolExecutor

from pyspark.sql import SparkSession

from jobs.lake.lake import Lake

COMMITS = 6


class Met(logging.Handler):
    """Counts the lines that report a conflict with another commit."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        Met.count += "conflicts with another" in record.getMessage()


logging.getLogger("jobs.lake.lake").addHandler(Met())
logging.getLogger("jobs.lake.lake").setLevel(logging.INFO)

lake = Lake(SparkSession.builder.getOrCreate(), sys.argv[1])
lake.ensure("samples")


def commit(shard: str) -> None:
    """One sample in a shard of the one partition."""
    where = {"corpus": "one", "spec": "one", "shard": shard}
    row = {**where, "sample": "a", "ordinal": 0, "status": "no_image", "seconds": {}}
    lake.replace("samples", where, lake.frame("samples", [row]))


with ThreadPoolExecutor(2) as writers:
    list(writers.map(commit, [f"{number}.tar" for number in range(COMMITS)]))
print(Met.count, sorted(row["shard"] for row in lake.rows("samples", ["shard"])))
