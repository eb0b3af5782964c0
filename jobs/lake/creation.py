"""Creates tables with their columns, comments, constraints and schema version, in one commit.

It uses SQL, which every session understands. Delta's builder refuses three-part names, and over Spark Connect it needs
a plugin of the server.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyarrow.fs import FileSelector

from jobs.errors import ConceptfreqError
from jobs.lake import small_tables
from jobs.lake.location import Location
from jobs.lake.slices import spark_literal
from jobs.lake.small_tables import VERSION_PROPERTY
from jobs.lake.tables import SCHEMA_VERSION, TABLES, Column, Table
from udfs.shards.schemes import shown
from udfs.shards.uris import filesystem_and_path

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger(__name__)

# The error conditions of Spark and Delta for a table that does not exist.
ABSENT = ("TABLE_OR_VIEW_NOT_FOUND", "DELTA_MISSING_DELTA_TABLE", "DELTA_TABLE_NOT_FOUND", "DELTA_PATH_DOES_NOT_EXIST")
# The error conditions if another session creates the same table of a catalog at the same moment.
MET = ("DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION", "TABLE_OR_VIEW_ALREADY_EXISTS", "DELTA_TABLE_ALREADY_EXISTS")
# The beginning of the names of commits and checkpoints (Delta protocol, "Delta Log Entries").
VERSION = r"\d{20}\."
# Seconds to wait for another run to finish a table that it seems to have begun.
PATIENCE = 2.0


def properties(spark: SparkSession, location: Location, name: str) -> dict[str, str] | None:
    """A table's properties as the session sees them; None if there is no table."""
    try:
        rows = spark.sql(f"SHOW TBLPROPERTIES {location.sql(name)}").toArrow().to_pylist()
    except Exception as error:
        if _condition(error) in ABSENT:
            return None
        raise
    return {row["key"]: row["value"] for row in rows}


def _condition(error: Exception) -> str | None:
    """The error condition, if the error is one of Spark or Delta; their classes need not be imported to look."""
    asked = getattr(error, "getCondition", None)
    return asked() if asked else None


def create(spark: SparkSession, location: Location, name: str) -> None:
    """Create a table if it does not exist, and first the schema if the lake is in a catalog.

    A run that is killed between creating a table's folder and its first commit leaves a log without a commit. CREATE
    TABLE IF NOT EXISTS takes that for a table, and everything else for none, so it is removed.
    """
    if location.is_catalog:
        _create_in_catalog(spark, location, name)
        return
    spark.sql(statement(location, TABLES[name]))
    made = small_tables.properties(location, name) if location.folder else properties(spark, location, name)
    if made is not None:
        return
    time.sleep(PATIENCE)
    try:
        _remove_empty_log(location.arrow(f"{name}/_delta_log"))
    except (OSError, ValueError) as reason:
        raise ConceptfreqError(
            f"{location.spark(name)}/_delta_log holds no commit: remove it by hand ({reason})"
        ) from reason
    spark.sql(statement(location, TABLES[name]))


def _create_in_catalog(spark: SparkSession, location: Location, name: str) -> None:
    # Asked first, because a user who may not create a schema may still use one.
    if not spark.catalog.databaseExists(location.schema):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {location.schema}")
    try:
        spark.sql(statement(location, TABLES[name]))
    except Exception as error:
        if _condition(error) not in MET:
            raise
        time.sleep(PATIENCE)
        if properties(spark, location, name) is None:
            raise


def statement(location: Location, table: Table) -> str:
    """The SQL that creates a table in a lake."""
    return f"CREATE TABLE IF NOT EXISTS {_definition(location, table, _properties(table))}"


def replacement(location: Location, table: Table, more: Mapping[str, str]) -> str:
    """The SQL that puts an empty table of this release in the place of an older one, with `more` properties."""
    return f"REPLACE TABLE {_definition(location, table, {**_properties(table), **more})}"


def _definition(location: Location, table: Table, properties: Mapping[str, str]) -> str:
    parts = f" PARTITIONED BY ({', '.join(table.partitioned_by)})" if table.partitioned_by else ""
    return (
        f"{location.sql(table.name)} ({', '.join(map(_column, table.columns))}) USING delta"
        f"{parts} COMMENT {spark_literal(table.comment)} TBLPROPERTIES ({listed(properties)})"
    )


def listed(properties: Mapping[str, str]) -> str:
    """Properties as SQL lists them."""
    return ", ".join(f"{spark_literal(key)} = {spark_literal(value)}" for key, value in properties.items())


def _column(column: Column) -> str:
    required = " NOT NULL" if column.required else ""
    return f"`{column.name}` {column.type}{required} COMMENT {spark_literal(column.comment)}"


def _properties(table: Table) -> dict[str, str]:
    """The properties of a new table."""
    constraints = {f"delta.constraints.{name}": condition for name, condition in table.constraints.items()}
    # Every Delta reader can open a lake without deletion vectors.
    return {**constraints, "delta.enableDeletionVectors": "false", **released(table)}


def released(table: Table) -> dict[str, str]:
    """The properties of a table, new or migrated, that this release gives it."""
    return {**table.properties, VERSION_PROPERTY: str(SCHEMA_VERSION)}


def _remove_empty_log(uri: str) -> None:
    """Remove a table's log if it has no commit; an unfinished commit under another name may be there."""
    files, path = filesystem_and_path(uri)
    found = files.get_file_info(FileSelector(path, allow_not_found=True, recursive=True))
    if any(re.match(VERSION, one.base_name) for one in found):
        return
    log.warning("%s: removed the log of a table that an earlier run did not finish creating", shown(uri))
    files.delete_dir(path)
