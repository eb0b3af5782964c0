"""Tables whose rows a migration writes again, because a column or a value has another name now.

Delta renames a column only by column mapping. Older readers cannot read that, nor can executors that open a table's
files by path. So a table is replaced by an empty one of this release, and that one is filled with the rows of the
version before: two commits. Between them a property of the table marks this state, and Delta keeps the files of all
versions. A second attempt thus finds the rows, however late it starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from jobs.lake import creation
from jobs.lake.lake import Lake, retry_conflicts
from jobs.lake.small_tables import VERSION_PROPERTY
from jobs.lake.tables import TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

EMPTIED = "conceptfreq.emptied"
# The properties of an empty table, besides its own, until it is filled.
UNTIL_FILLED = {
    EMPTIED: "the rows are in the version before the last REPLACE TABLE: run `conceptfreq migrate CONFIG` again",
    "delta.deletedFileRetentionDuration": "interval 1000 weeks",
    "delta.logRetentionDuration": "interval 1000 weeks",
}


@dataclass(frozen=True)
class Rewriting:
    """How a schema version changed a table's rows; `rows` leaves rows that are already changed as they are."""

    version: int
    change: str
    rows: Callable[[DataFrame], DataFrame]


def rewrite(lake: Lake, name: str, version: int) -> None:
    """Write the rows of a table with this older schema version again; the caller raises the table's version."""
    address = lake.at.sql(name)
    if EMPTIED not in (creation.properties(lake.spark, lake.at, name) or {}):
        more = {VERSION_PROPERTY: str(version), **UNTIL_FILLED}
        lake.spark.sql(creation.replacement(lake.at, TABLES[name], more))
    before = lake.spark.sql(f"SELECT * FROM {address} VERSION AS OF {_replaced_version(lake, address)}")
    fill(lake, name, REWRITINGS[name].rows(before))
    listed = ", ".join(f"'{key}'" for key in UNTIL_FILLED)
    lake.spark.sql(f"ALTER TABLE {address} UNSET TBLPROPERTIES IF EXISTS ({listed})")


def fill(lake: Lake, name: str, rows: DataFrame) -> None:
    """Replace all rows of a table, in one commit.

    saveAsTable is not used: it also writes the catalog's entry, and Spark's own catalog refuses that for a replaced
    table.
    """
    writer = rows.select(*TABLES[name].column_names).writeTo(lake.at.sql(name))
    retry_conflicts(lambda: writer.overwrite(F.lit(True)))


def _replaced_version(lake: Lake, address: str) -> int:
    """The version of the table just before it was replaced; it has the rows."""
    history = lake.spark.sql(f"DESCRIBE HISTORY {address}").where("operation = 'REPLACE TABLE'")
    return int(history.agg(F.max("version").alias("version")).toArrow().column("version")[0].as_py()) - 1


def _with_keys(rows: DataFrame) -> DataFrame:
    return rows.withColumnRenamed("nouns", "keys")


def _of_integrated_search(rows: DataFrame) -> DataFrame:
    """Turn the search `misalignment` into integrated search; both had the same total `samples`, and one row stays."""
    search = F.when(F.col("search") == "misalignment", "integrated").otherwise(F.col("search"))
    rows = rows.withColumn("search", search)
    samples = F.col("measure") == "samples"
    return rows.where(~samples).unionByName(rows.where(samples).distinct())


_MISALIGNED = "search misalignment becomes measure misaligned of search integrated"
REWRITINGS = {
    "caption_terms": Rewriting(3, "column nouns becomes keys", _with_keys),
    "shard_counts": Rewriting(3, _MISALIGNED, _of_integrated_search),
    "concept_counts": Rewriting(3, _MISALIGNED, _of_integrated_search),
}
