"""The Spark session: its kind, its version, and whether it has Delta Lake."""

from __future__ import annotations

import os

from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote

from jobs.settings.databricks import RUNTIME, on_databricks


def describe(session: SparkSession) -> str:
    """A session in words, after it was asked for Delta."""
    return f"{session.version}, {_door(session)}, with Delta Lake"


def _door(session: SparkSession) -> str:
    if on_databricks():
        return f"Databricks {os.environ[RUNTIME]}{' by Spark Connect' if is_remote() else ''}"
    if is_remote():
        return "a Spark Connect server"
    return f"master {session.conf.get('spark.master', 'unknown')}"
