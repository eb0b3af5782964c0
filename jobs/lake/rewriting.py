"""Tables whose rows a migration writes again, because a column or a value has another name now.

Delta renames a column only by column mapping. Older readers cannot read that, nor can executors that open a table's
files by path. So a table is replaced by an empty one of this release, and that one is filled with the rows of the
version before: two commits. Between them a property of the table marks this state, and Delta keeps the files of all
versions. A second attempt thus finds the rows, however late it starts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyspark.sql import functions as F

from jobs.lake import creation
from jobs.lake.lake import Lake, retry_conflicts
from jobs.lake.small_tables import VERSION_PROPERTY
from jobs.lake.specs import Spec
from jobs.lake.tables import TABLES
from udfs.statuses import OK

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TOTALS: Final = ("samples", "found", "misaligned")
EMPTIED = "conceptfreq.emptied"
# The properties of an empty table, besides its own, until it is filled.
UNTIL_FILLED = {
    EMPTIED: "the rows are in the version before the last REPLACE TABLE: run `conceptfreq migrate CONFIG` again",
    "delta.deletedFileRetentionDuration": "interval 1000 weeks",
    "delta.logRetentionDuration": "interval 1000 weeks",
}


@dataclass(frozen=True)
class Rewriting:
    """How schema versions up to this one changed a table's rows; `rows` leaves rows as they are that have changed."""

    version: int
    change: str
    rows: Callable[[Lake, DataFrame], DataFrame]


def rewrite(lake: Lake, name: str, version: int) -> None:
    """Write the rows of a table with this older schema version again; the caller raises the table's version."""
    address = lake.at.sql(name)
    if EMPTIED not in (creation.properties(lake.spark, lake.at, name) or {}):
        more = {VERSION_PROPERTY: str(version), **UNTIL_FILLED}
        lake.spark.sql(creation.replacement(lake.at, TABLES[name], more))
    before = lake.spark.sql(f"SELECT * FROM {address} VERSION AS OF {_replaced_version(lake, address)}")
    fill(lake, name, REWRITINGS[name].rows(lake, before))
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


def _terms(lake: Lake, rows: DataFrame) -> DataFrame:
    return _with_ordinals(lake, rows.withColumnRenamed("nouns", "keys"))


def _features(lake: Lake, rows: DataFrame) -> DataFrame:
    return _with_ordinals(lake, _with_later(rows, "image_features"))


def _with_later(rows: DataFrame, name: str) -> DataFrame:
    """Add the columns of a table that came later, empty."""
    later = [one for one in TABLES[name].columns if one.name not in rows.columns and not one.required]
    return rows.withColumns({one.name: F.lit(None).cast(one.type) for one in later})


def _with_ordinals(lake: Lake, rows: DataFrame) -> DataFrame:
    """Add the column `ordinal`; the samples have it, under the spec that is part of the rows' spec."""
    if "ordinal" in rows.columns:
        return rows
    specs = lake.spark.read.table(lake.at.sql("specs")).select("spec", "body").toArrow().to_pylist()
    bodies = {row["spec"]: json.loads(row["body"]) for row in specs}
    read = [(spec, Spec("ingest", body["samples"]).id) for spec, body in bodies.items() if "samples" in body]
    of_spec = F.broadcast(lake.spark.createDataFrame(read, "spec STRING, read STRING"))
    samples = lake.spark.read.table(lake.at.sql("samples")).where(F.col("status") == OK)
    ordinals = samples.select("corpus", F.col("spec").alias("read"), "shard", "sample", "ordinal")
    # A row without its sample would have no ordinal, which the table refuses.
    return rows.join(of_spec, "spec", "left").join(ordinals, ["corpus", "read", "shard", "sample"], "left").drop("read")


def _one_row_per_shard(_: Lake, rows: DataFrame) -> DataFrame:
    """Make one row per shard, search and threshold of those of single concepts and totals."""
    if "concepts" in rows.columns:
        return _with_later(rows, "shard_counts")
    total = {name: F.coalesce(F.sum(F.when(F.col("measure") == name, F.col("samples"))), F.lit(0)) for name in TOTALS}
    concept = F.when(F.col("measure") == "concept", F.struct("concept", "samples"))
    summed = _of_integrated_search(rows).groupBy("corpus", "shard", "spec", "search", "threshold")
    found = summed.agg(
        total["samples"].alias("samples"),
        total["found"].alias("found"),
        total["misaligned"].alias("apart"),
        F.sort_array(F.collect_list(concept)).alias("each"),
    )
    misaligned = F.when(F.col("search") == "integrated", F.col("apart")).alias("misaligned")
    lists = F.col("each.concept").alias("concepts"), F.col("each.samples").alias("counts")
    return _with_later(found.select("*", misaligned, *lists), "shard_counts")


def _of_integrated_search(rows: DataFrame) -> DataFrame:
    """Turn the search `misalignment` into integrated search; both had the same total `samples`, and one row stays."""
    search = F.when(F.col("search") == "misalignment", "integrated").otherwise(F.col("search"))
    rows = rows.withColumn("search", search)
    samples = F.col("measure") == "samples"
    return rows.where(~samples).unionByName(rows.where(samples).distinct())


_MISALIGNED = "search misalignment becomes measure misaligned of search integrated"
REWRITINGS = {
    "caption_terms": Rewriting(4, "column nouns becomes keys, ordinals of the samples", _terms),
    "image_features": Rewriting(4, "ordinals of the samples", _features),
    "shard_counts": Rewriting(4, "one row per shard, search and threshold", _one_row_per_shard),
    "fits": Rewriting(
        6, "no interval of the pooled slope over sets, other intervals", lambda _, rows: _with_later(rows, "fits")
    ),
    "concept_counts": Rewriting(3, _MISALIGNED, lambda _, rows: _of_integrated_search(rows)),
}
