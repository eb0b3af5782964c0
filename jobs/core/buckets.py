"""A Spark session for a lake in S3: the packages that our own needs, and whether a session reaches the bucket."""

from __future__ import annotations

import logging
import os
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyspark
from pyspark.sql import SparkSession

from jobs.core.failures import abort_if_lost
from jobs.errors import SettingsError
from jobs.lake import small_tables
from jobs.lake.location import NO_PATTERN, Location
from jobs.lake.object_store import spark_properties
from udfs.shards.uris import filesystem_and_path

log = logging.getLogger(__name__)

CONNECTOR: Final = "org.apache.hadoop:hadoop-aws"
_HADOOP: Final = re.compile(r"hadoop-client-api-(.+)\.jar")


def connector(location: Location, conf: Mapping[str, Any]) -> list[str]:
    """The packages that a session with these properties lacks to open the lake: S3A of the Hadoop in Spark."""
    jars = Path(os.environ.get("SPARK_HOME") or Path(pyspark.__file__).parent) / "jars"
    brought = [str(conf.get(key, "")) for key in ("spark.jars.packages", "spark.jars")]
    if not location.is_s3 or any("hadoop-aws" in one for one in [*brought, *(path.name for path in jars.glob("*"))]):
        return []
    releases = [found[1] for path in jars.glob("*") if (found := _HADOOP.fullmatch(path.name))]
    log.info("%s: Spark gets Hadoop's S3 connector, which is downloaded at the first use (690 MB)", location)
    return [f"{CONNECTOR}:{release}" for release in releases]


def check_library(location: Location) -> None:
    """Raise SettingsError if this process does not reach the bucket: leases are written without Spark."""
    try:
        small_tables.reach(location)
    except OSError as error:
        raise SettingsError(
            f"lake: {location}: this machine does not reach it: {str(error).splitlines()[0]}: set region or endpoint, "
            "and the names of the credentials, in the section storage (docs/lakes.md)"
        ) from None


def check_session(spark: SparkSession, location: Location) -> None:
    """Raise SettingsError, with the needs of a session, if Spark does not see a file that this process writes there."""
    marker = f"_seen-{uuid.uuid4().hex}"
    filesystem, path = filesystem_and_path(location.arrow(marker))
    try:
        with filesystem.open_output_stream(path) as stream:
            stream.write(b"seen\n")
        try:
            spark.read.options(**NO_PATTERN).text(location.spark(marker)).toArrow()
        # Spark, py4j, Hadoop and the AWS SDK have their own errors; with any of them Spark cannot use the lake.
        except Exception as error:
            abort_if_lost(error, spark)
            raise SettingsError(_unreached(location, str(error).splitlines()[0])) from error
        finally:
            filesystem.delete_file(path)
    except OSError as error:
        raise SettingsError(f"lake: {location}: cannot be written: {error}") from None


def _unreached(location: Location, reason: str) -> str:
    needed = "".join(f"\n  {key}: {value}" for key, value in spark_properties(location).items())
    return (
        f"lake: {location}: Spark does not reach it: {reason}\nThe session needs {CONNECTOR} of Spark's own Hadoop "
        f"release, and credentials on driver and executors{', and these properties:' if needed else ''}{needed}"
    )
