"""Opens a lake to be looked at: without Spark, and without importing it, if the deltalake library opens the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.lake import small_tables
from jobs.lake.lake import Lake
from jobs.lake.location import parse
from jobs.settings.settings import Settings
from jobs.settings.storage import check_credentials

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def open_lake(settings: Settings, session: SparkSession | None = None) -> Lake:
    """The settings' lake to be looked at: without Spark if the deltalake library opens it, else as for work."""
    check_credentials(settings.storage)
    if small_tables.opens(parse(settings.lake)):
        return Lake(None, settings.lake)
    from jobs.core.session import open_for_work

    return open_for_work(settings, session)


def open_to_read(settings: Settings) -> Lake:
    """Like `open_lake`, with a session that is made when rows are too many for the driver (`jobs.core.reading`)."""
    lake = open_lake(settings)
    if lake.session is not None:
        return lake

    def start() -> SparkSession:
        from jobs.core.session import starting

        return starting(settings)()

    return Lake(None, settings.lake, start)
