"""A run that loses its session: started by test_lost.py as `python lost.py CONFIG stopped|context|killed`.

It happens with the third frame that Spark is to write, in the middle of a wave.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from pyspark.sql import SparkSession

from jobs import cli
from jobs.lake.lake import Lake

WRITES = 0


def kill(spark: SparkSession) -> None:
    """The JVM dies, as by the system where memory is short."""
    os.kill(spark.sparkContext._gateway.proc.pid, signal.SIGKILL)


HOW: dict[str, Callable[[SparkSession], None]] = {
    "stopped": SparkSession.stop,
    "context": lambda spark: spark._jsparkSession.sparkContext().stop(),
    "killed": kill,
}


def losing(write: Callable[..., None], lose: Callable[[SparkSession], None]) -> Callable[..., None]:
    """`write`, without a session from the third time on."""

    def run(lake: Lake, *arguments: Any, **options: Any) -> None:
        global WRITES
        WRITES += 1
        if WRITES == 3:
            lose(lake.spark)
        write(lake, *arguments, **options)

    return run


if __name__ == "__main__":
    Lake._save = losing(Lake._save, HOW[sys.argv[2]])  # type: ignore[method-assign]
    sys.exit(cli.main(["run", sys.argv[1]]))
