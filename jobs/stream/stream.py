"""The streaming query over the listings, as the watch sees it: started, running, or ended for a reason."""

from __future__ import annotations

import logging
from contextlib import suppress

from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter

from jobs.core.failures import JOB_FAILED, abort_if_lost, first_line
from jobs.errors import ConceptfreqError
from jobs.settings.settings import Settings
from jobs.stream.arrivals import ShardArrivals, as_option
from jobs.stream.bell import Bell
from jobs.stream.checkpoint import checkpoint_of

log = logging.getLogger(__name__)


class Stream:
    """A query that rings the bell for each batch of arrivals. Raises FoundationLost if the session is gone."""

    def __init__(self, spark: SparkSession, settings: Settings, bell: Bell) -> None:
        self._spark = spark
        self._settings = settings
        self._bell = bell
        self._query: StreamingQuery | None = None

    def start(self, available_now: bool) -> None:
        """Start the query: for the arrivals that there are now, or for all to come.

        Raises ConceptfreqError if it cannot be started, as where the checkpoint cannot be written.
        """
        try:
            self._query = self._writer(available_now).start()
        except JOB_FAILED as error:
            abort_if_lost(error, self._spark)
            raise ConceptfreqError(self._ended("cannot be started", error)) from error

    def _writer(self, available_now: bool) -> DataStreamWriter:
        self._spark.dataSource.register(ShardArrivals)
        source = self._spark.readStream.format(ShardArrivals.name())
        rows = source.option("corpora", as_option(self._settings.corpora)).load()
        writer = rows.writeStream.foreachBatch(self._bell.ring)
        writer = writer.option("checkpointLocation", checkpoint_of(self._settings))
        every = f"{round(1000 * self._settings.watch.seconds)} milliseconds"
        return writer.trigger(availableNow=True) if available_now else writer.trigger(processingTime=every)

    @property
    def runs(self) -> bool:
        """Whether the query has not ended."""
        try:
            return self._query is not None and self._query.isActive
        except Exception as error:
            abort_if_lost(error, self._spark)
            raise

    def failure(self) -> str | None:
        """The reason why the query has ended, with what to do; None if it runs, or was done."""
        error = self._query.exception() if self._query else None
        if error is None:
            return None
        abort_if_lost(error, self._spark)
        return self._ended("ended", error)

    def _ended(self, how: str, error: Exception) -> str:
        return (
            f"the stream of listings {how}: {first_line(error)}; if it happens again, delete its checkpoint "
            f"{checkpoint_of(self._settings)}, which costs a listing and nothing else"
        )

    def stop(self) -> None:
        """End the query without committing a batch that waits."""
        self._bell.silence()
        # The session may be gone, or the connection in the middle of an answer.
        with suppress(Exception):
            if self._query:
                self._query.stop()
