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
from steps import Steps

from jobs import cli
from jobs.lake.lake import Lake


def kill(spark: SparkSession) -> None:
    """The JVM dies, as by the system where memory is short."""
    os.kill(spark.sparkContext._gateway.proc.pid, signal.SIGKILL)


HOW: dict[str, Callable[[SparkSession], None]] = {
    "stopped": SparkSession.stop,
    "context": lambda spark: spark._jsparkSession.sparkContext().stop(),
    "killed": kill,
}


if __name__ == "__main__":
    lose = HOW[sys.argv[2]]

    def lose_session(lake: Lake, *_: Any) -> None:
        """What the lake stands on."""
        lose(lake.spark)

    Steps(3, before=lose_session).watch(Lake, "_save")
    sys.exit(cli.main(["run", sys.argv[1]]))
