"""The Spark session of the command line, built only where there is none.

Library code takes the caller's session and sets nothing on it. Under spark-submit the JVM is already up, so Delta
must have come by `--packages` or `--properties-file`; its absence is said in one line.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from delta import configure_spark_with_delta_pip
from pyspark.sql import SparkSession

from jobs.core import reach, reading
from jobs.core.errors import SettingsError
from jobs.core.lake import Lake
from jobs.core.location import parse
from jobs.core.settings import Settings, Spark

DELTA_PACKAGE = "io.delta:delta-spark_4.2_2.13:4.4.0"
JAVA_AT_LEAST = 17

# Two snapshot partitions: a small commit takes 0.9 s instead of 2.6 (design, section 7).
DEFAULTS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # What fails is said by the ledger and the last line; the JVM's stack traces would bury it.
    "spark.log.level": "ERROR",
}


def get_session(settings: Spark) -> SparkSession:
    """The session that exists, or a new one by these settings with Delta on board.

    Raises SettingsError where Java or Delta is missing, with what to install or add.
    """
    session = SparkSession.getActiveSession()
    if session is None and "PYSPARK_GATEWAY_PORT" in os.environ:
        session = SparkSession.builder.getOrCreate()
    if session is None:
        session = _build(settings)
    _require_delta(session)
    return session


def open_lake(settings: Settings) -> Lake:
    """The settings' lake to be looked at: without Spark where the deltalake library opens it."""
    return Lake(None, settings.lake) if reading.opens(parse(settings.lake)) else open_for_work(settings)


def open_for_work(settings: Settings) -> Lake:
    """The settings' lake with the session that exists, or a new one.

    Raises SettingsError where the session cannot be had, or does not reach the lake.
    """
    location = parse(settings.lake)
    if not _is_given():
        reach.refuse_unknown_catalog(location, settings.spark.conf)
    session = get_session(settings.spark)
    reach.check(session, location)
    return Lake(session, settings.lake)


def _is_given() -> bool:
    """Whether somebody else made the session or its configuration, which we then do not know."""
    given = ("PYSPARK_GATEWAY_PORT", "SPARK_REMOTE", "SPARK_CONF_DIR", "SPARK_HOME")
    return SparkSession.getActiveSession() is not None or any(name in os.environ for name in given)


def java_version() -> int | None:
    """The major version of the `java` that Spark would start, None where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    if not java or not os.path.exists(java):
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found.group(1)) if found else None


def _build(settings: Spark) -> SparkSession:
    version = java_version()
    if version is None or version < JAVA_AT_LEAST:
        found = "none" if version is None else str(version)
        raise SettingsError(f"Spark needs Java {JAVA_AT_LEAST} or newer, found {found}: install a JRE, set JAVA_HOME")
    # Workers take python3 from PATH otherwise; the driver reads the variable, cluster deployments the property.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("conceptfreq").master(settings.master)
    cores = os.cpu_count() or 2
    own = {
        **DEFAULTS,
        "spark.sql.shuffle.partitions": str(2 * cores),
        "spark.driver.memory": settings.driver_memory,
        "spark.pyspark.python": sys.executable,
        **{key: str(value) for key, value in settings.conf.items()},
    }
    for key, value in own.items():
        builder = builder.config(key, value)
    extra = [package for package in own.get("spark.jars.packages", "").split(",") if package]
    session = configure_spark_with_delta_pip(builder, extra_packages=extra).getOrCreate()
    return session


def _require_delta(session: SparkSession) -> None:
    if "DeltaSparkSessionExtension" not in (session.conf.get("spark.sql.extensions", None) or ""):
        raise SettingsError(
            f"this Spark session has no Delta Lake: add --packages {DELTA_PACKAGE} or --properties-file "
            "conf/spark-standalone.conf to spark-submit"
        )
