"""Tables that come into being: with their columns, comments, constraints and schema version, or not at all."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING

from delta.tables import DeltaTable
from pyarrow.fs import FileSelector
from pyspark.errors import AnalysisException

from jobs.core.errors import ConceptfreqError
from jobs.core.reading import VERSION_PROPERTY, is_catalog, table_address, table_path
from jobs.core.tables import SCHEMA_VERSION, TABLES
from udfs.shards.uris import filesystem_and_path

if TYPE_CHECKING:
    from delta.tables import DeltaTableBuilder
    from pyspark.sql import SparkSession

log = logging.getLogger(__name__)

# How the names of commits and checkpoints begin (Delta protocol, "Delta Log Entries").
VERSION = r"\d{20}\."
# Seconds that another run has to finish a table that it seems to have begun.
PATIENCE = 2.0


def create(spark: SparkSession, location: str, name: str) -> None:
    """Create a table where it does not exist.

    A run that is killed between making a table's folder and its first commit leaves a log without a commit, which Delta
    takes neither for a table nor for a place to make one: it is removed.
    """
    try:
        _builder(spark, location, name).execute()
    except AnalysisException as error:
        if is_catalog(location) or error.getCondition() != "DELTA_TABLE_NOT_FOUND":
            raise
        path = table_path(location, name)
        time.sleep(PATIENCE)
        try:
            _remove_empty_log(path)
        except (OSError, ValueError) as reason:
            raise ConceptfreqError(
                f"{path}/_delta_log holds no commit, and must be removed by hand: {reason}"
            ) from error
        _builder(spark, location, name).execute()


def _builder(spark: SparkSession, location: str, name: str) -> DeltaTableBuilder:
    table = TABLES[name]
    builder = DeltaTable.createIfNotExists(spark).comment(table.comment)
    if is_catalog(location):
        builder = builder.tableName(table_address(location, name))
    else:
        builder = builder.location(table_path(location, name))
    for column in table.columns:
        builder = builder.addColumn(column.name, column.type, nullable=not column.required, comment=column.comment)
    if table.partitioned_by:
        builder = builder.partitionedBy(*table.partitioned_by)
    for constraint, condition in table.constraints.items():
        builder = builder.property(f"delta.constraints.{constraint}", condition)
    # Without deletion vectors every Delta reader can open the lake.
    builder = builder.property("delta.enableDeletionVectors", "false")
    return builder.property(VERSION_PROPERTY, str(SCHEMA_VERSION))


def _remove_empty_log(path: str) -> None:
    """Remove a table's log if it has no commit; the beginning of one may be there, under another name."""
    # What Spark calls s3a is s3 to everybody else.
    files, log_path = filesystem_and_path(re.sub("^s3a:", "s3:", f"{path}/_delta_log"))
    found = files.get_file_info(FileSelector(log_path, allow_not_found=True, recursive=True))
    if any(re.match(VERSION, one.base_name) for one in found):
        return
    log.warning("%s: a table that a run began and did not make is begun again", path)
    files.delete_dir(log_path)
