"""A run that loses its session: started by test_lost.py as `python lost.py CONFIG stopped|context|killed`.

It happens with the rows of the third wave, which Spark is to make.
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
from jobs.core.writer import Writer


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

    def lose_session(writer: Writer, *_: Any) -> None:
        """What the wave's frame stands on."""
        lose(writer.lake.spark)

    Steps(3, before=lose_session).watch(Writer, "put")
    sys.exit(cli.main(["run", sys.argv[1]]))
