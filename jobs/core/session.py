"""The Spark session of the command line, built only if there is none.

Library code takes the caller's session and sets nothing on it. Under spark-submit, on Databricks and over Spark Connect
the JVM is somebody else's, so Delta must come from outside; an error of one line tells that it is absent.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote
from pyspark.util import is_remote_only

from jobs.core import buckets, reach
from jobs.core.failures import NOT_STARTED, first_line, told_if_lost
from jobs.core.packages import fetched_alone
from jobs.core.remote import connect, connect_databricks
from jobs.core.spark_output import kept, no_results, output_file
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.lake import Lake
from jobs.lake.location import Location, parse
from jobs.lake.object_store import spark_properties
from jobs.settings.databricks import in_app, on_databricks
from jobs.settings.settings import Settings, Spark
from jobs.settings.storage import check_credentials

if TYPE_CHECKING:
    from pyspark.core.status import StatusTracker

log = logging.getLogger(__name__)

DELTA_PACKAGE = "io.delta:delta-spark_4.2_2.13:4.4.0"
JAVA_AT_LEAST = 17

# Two snapshot partitions: a small commit takes 0.9 s instead of 2.6 (docs/design.md, section 6).
# A task writes the files of up to 16 partitions side by side. Otherwise Spark sorts its rows by partition first, and if
# that sort does not fit the memory, rows of one partition lose their order, by which postings are read.
# Delta's packages name 70 MB of libraries that Spark has itself. Every session and every executor would fetch them.
DEFAULTS = {
    "spark.jars.excludes": (
        "org.apache.hadoop:hadoop-client-*,org.apache.parquet:*,com.github.luben:*,org.xerial.snappy:*,"
        "org.apache.logging.log4j:*"
    ),
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "2",
    # Each commit would collect the files of a table, to compare them with a list that it keeps: 0.1 s of a small one.
    "spark.databricks.delta.allFilesInCrc.enabled": "false",
    "spark.sql.maxConcurrentOutputFileWriters": "16",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # The ledger and the last lines show what failed; the JVM's stack traces would bury that.
    "spark.log.level": "ERROR",
}

QUERY_LOGGERS = ("DataFrameQueryContextLogger", "SQLQueryContextLogger")

NEEDS_DELTA = (
    f"this Spark session has no Delta Lake: add --packages {DELTA_PACKAGE} or --properties-file "
    "conf/spark-standalone.conf to spark-submit, or to the script that starts the Spark Connect server"
)
# Without Delta's extension Spark takes DETAIL for a table; without its catalog Delta's own error names it.
NO_DELTA = ("[TABLE_OR_VIEW_NOT_FOUND] The table or view `DETAIL`", "[DELTA_CONFIGURE_SPARK_SESSION")


def get_session(settings: Spark, lake: Location | None = None) -> SparkSession:
    """The session that exists, one on the server that SPARK_REMOTE names, or a new one by these settings.

    A new session gets the properties and packages by which it reaches the store of `lake`. Its output goes into a file
    for this `lake`; to standard error at log level debug, or without a lake. Raises SettingsError, which names what to
    install or add, if Java or Delta is missing, and ConceptfreqError if Spark does not start or the server does not
    answer.
    """
    session = SparkSession.getActiveSession() or _make(settings, lake)
    with told_if_lost(lambda: session):
        _require_delta(session)
    return session


def open_for_work(settings: Settings, session: SparkSession | None = None) -> Lake:
    """The settings' lake with `session`; None: with the session that exists, or with one made when it is first needed.

    Raises SettingsError if the session cannot be had, has no Delta Lake, or does not reach the lake.
    """
    location = parse(settings.lake)
    check_credentials(settings.storage)
    if location.is_s3:
        buckets.check_library(location)
    if session is not None:
        _require_delta(session)
        reach.check(session, location)
        return Lake(session, settings.lake)
    if not _is_given():
        reach.refuse_unknown_catalog(location, settings.spark.conf)
    start = starting(settings)
    # A run with nothing to do is over before a JVM would have started.
    waits = location.folder is not None and not _is_given()
    return Lake(None if waits else start(), settings.lake, start)


def starting(settings: Settings) -> Callable[[], SparkSession]:
    """Makes the session of the settings, when it is called, and makes sure that it reaches the lake."""

    def start() -> SparkSession:
        location = parse(settings.lake)
        made = get_session(settings.spark, location)
        with told_if_lost(lambda: made):
            reach.check(made, location)
        return made

    return start


def _is_given() -> bool:
    """Whether the session or its configuration comes from somebody else, and is not known here."""
    given = ("PYSPARK_GATEWAY_PORT", "SPARK_REMOTE", "SPARK_CONF_DIR", "SPARK_HOME")
    named = any(name in os.environ for name in given)
    return named or on_databricks() or in_app() or SparkSession.getActiveSession() is not None


def java_version() -> int | None:
    """The major version of the `java` that Spark would start; None if there is none."""
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    if not java or not os.path.exists(java):
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found.group(1)) if found else None


def _make(settings: Spark, lake: Location | None) -> SparkSession:
    if "SPARK_REMOTE" in os.environ:
        return connect(os.environ["SPARK_REMOTE"])
    if "PYSPARK_GATEWAY_PORT" in os.environ or on_databricks():
        return SparkSession.builder.getOrCreate()
    if in_app():
        return connect_databricks()
    if is_remote_only():
        raise SettingsError("this Python has Spark's client only: set SPARK_REMOTE=sc://HOST:PORT, or install pyspark")
    return _build(settings, lake)


def _build(settings: Spark, lake: Location | None) -> SparkSession:
    from delta import configure_spark_with_delta_pip

    version = java_version()
    if version is None or version < JAVA_AT_LEAST:
        found = "none" if version is None else str(version)
        raise SettingsError(
            f"Spark needs Java {JAVA_AT_LEAST} or newer, found {found}: install a JRE and set JAVA_HOME"
        )
    # Workers take python3 from PATH otherwise; the driver reads the variable, cluster deployments the property.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("conceptfreq").master(settings.master)
    cores = os.cpu_count() or 2
    own = {
        **DEFAULTS,
        "spark.sql.shuffle.partitions": str(2 * cores),
        "spark.driver.memory": settings.driver_memory,
        "spark.pyspark.python": sys.executable,
        **(spark_properties(lake) if lake else {}),
        **{key: str(value) for key, value in settings.conf.items()},
    }
    for key, value in own.items():
        builder = builder.config(key, value)
    extra = [package for package in own.get("spark.jars.packages", "").split(",") if package]
    extra += buckets.connector(lake, own) if lake else []
    builder = configure_spark_with_delta_pip(builder, extra_packages=extra)
    return _start(builder, None if lake is None or log.isEnabledFor(logging.DEBUG) else output_file(lake))


def _start(builder: SparkSession.Builder, output: Path | None) -> SparkSession:
    if output is not None:
        # Spark would also write here the errors that it raises, as JSON with their stacks.
        for name in QUERY_LOGGERS:
            PySparkLogger.getLogger(name).disabled = True
    try:
        # Only the builder knows the name of Delta's package: it depends on pyspark's version.
        with kept(output) if output else nullcontext(), no_results(), fetched_alone(builder._options):
            session = builder.getOrCreate()
    except NOT_STARTED as error:
        where = f"; its whole output is in {output}" if output else ""
        raise ConceptfreqError(f"Spark does not start: {first_line(error)}{where}") from error
    if output is not None:
        _silence_counters(session)
    return session


def _silence_counters(session: SparkSession) -> None:
    """If the JVM dies, pyspark's server for its counters would print a stack; the run itself says what happened."""
    server = getattr(session.sparkContext, "_accumulatorServer", None)
    if server is not None:
        server.handle_error = lambda *_: log.debug("the JVM's counters ended", exc_info=True)


def _require_delta(session: SparkSession) -> None:
    """Send a statement that only Delta understands, and raise SettingsError if Spark itself answers it.

    Properties prove nothing: Databricks has Delta without them, and they may name a package that is absent.
    """
    try:
        # The path has its scheme, because the default file system of a cluster may not answer.
        session.sql("DESCRIBE DETAIL delta.`file:/conceptfreq-asks-for-delta`")
    except PySparkException as error:
        if any(sign in str(error) for sign in NO_DELTA):
            raise SettingsError(NEEDS_DELTA) from None


@contextmanager
def watch_tasks(session: SparkSession) -> Iterator[Callable[[], tuple[int, int] | None]]:
    """A function that returns, for the jobs that run now, the numbers of finished and of all tasks; None if unknown.

    Only this module may use a session's context. Spark Connect has none, and sends these numbers by itself.
    """
    if not is_remote():
        tracker = session.sparkContext.statusTracker()
        yield lambda: _active_tasks(tracker)
        return
    latest: list[tuple[int, int]] = []

    def note(stages: Iterable[Any] | None, inflight_tasks: int, operation_id: str | None, done: bool) -> None:
        known = [] if done else list(stages or ())
        latest[:] = [(sum(one.num_completed_tasks for one in known), sum(one.num_tasks for one in known))]

    # Spark calls any function with these arguments, although its types require a class of its own.
    handler: Any = note
    session.registerProgressHandler(handler)
    try:
        yield lambda: latest[-1] if latest and latest[-1][1] else None
    finally:
        session.removeProgressHandler(handler)


def _active_tasks(tracker: StatusTracker) -> tuple[int, int] | None:
    # If the session is lost, the work that needs it raises the error, and not the line that shows progress.
    with suppress(Exception):
        stages = [found for stage in tracker.getActiveStageIds() if (found := tracker.getStageInfo(stage))]
        if stages:
            return sum(stage.numCompletedTasks for stage in stages), sum(stage.numTasks for stage in stages)
    return None
