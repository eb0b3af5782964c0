"""Whether a session reaches a lake. This is checked before anything is written, so no lake is begun in two places."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from jobs.core import buckets
from jobs.core.failures import abort_if_lost
from jobs.core.frames import one_task_everywhere, spark_schema
from jobs.errors import SettingsError
from jobs.lake.location import NO_PATTERN, Location, both_spellings
from udfs.inspection import EXECUTOR, InspectTask

ELSEWHERE = "use what all machines share: a mounted folder, a URI (s3://, hdfs://, dbfs:/) or catalog.schema"


def refuse_unknown_catalog(location: Location, conf: Mapping[str, Any]) -> None:
    """Raise SettingsError if a session that will be made with the properties `conf` will lack the lake's catalog."""
    known = {"spark_catalog", *(key.removeprefix("spark.sql.catalog.") for key in conf)}
    if location.is_catalog and location.authority not in known:
        raise SettingsError(_no_catalog(location))


def check(spark: SparkSession, location: Location) -> None:
    """Raise SettingsError if the session does not have the lake's catalog, or does not see its folder or bucket."""
    if location.is_catalog and not spark.catalog.databaseExists(location.schema):
        catalogs = spark.sql("SHOW CATALOGS").toArrow().column("catalog").to_pylist()
        if location.authority.lower() not in map(str.lower, catalogs):
            raise SettingsError(_no_catalog(location))
    if location.folder and not _one_process(spark):
        _check_folder(spark, location)
    if location.is_s3:
        buckets.check_session(spark, location)


def _no_catalog(location: Location) -> str:
    return (
        f"lake: {location}: Spark has no catalog '{location.authority}': {both_spellings(location.given)}; "
        f"a catalog is set up by spark.conf (spark.sql.catalog.{location.authority})"
    )


def _one_process(spark: SparkSession) -> bool:
    """Whether driver and executors are one process, and so have one file system."""
    return re.match(r"local(\[|$)", spark.conf.get("spark.master", None) or "") is not None


def _check_folder(spark: SparkSession, location: Location) -> None:
    """Raise SettingsError if Spark's driver, which may be a server, or an executor does not see a file made here."""
    marker = f"_seen-{uuid.uuid4().hex}"
    path = Path(location.arrow(marker))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise SettingsError(f"lake: {location}: cannot be written ({error.strerror})") from None
    try:
        spark.read.options(**NO_PATTERN).text(location.spark(marker)).toArrow()
        task = InspectTask((), (str(path),))
        rows = one_task_everywhere(spark).mapInArrow(task, spark_schema(EXECUTOR)).toArrow().to_pylist()
        blind = sorted({row["host"] for row in rows if row["problem"]})
        if blind:
            raise SettingsError(
                f"lake: {location}: executors on {', '.join(blind)} do not see that folder: {ELSEWHERE}"
            )
    except PySparkException as error:
        abort_if_lost(error, spark)
        raise SettingsError(f"lake: {location}: Spark does not see it: {ELSEWHERE}") from error
    finally:
        path.unlink(missing_ok=True)
