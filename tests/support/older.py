"""A lake of this release turned into one of schema version 2, whose tables of terms and counts were other ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake

from jobs.lake import creation
from jobs.lake.lake import Lake
from jobs.lake.small_tables import VERSION_PROPERTY
from jobs.lake.tables import TABLES, Table

SHARD_COLUMNS = ("corpus", "shard", "spec", "search", "threshold", "measure", "concept", "samples")
SEARCHES = {"known_search": "search IN ('text', 'image', 'integrated', 'misalignment')"}


def make_older(spark: Any, folder: Path) -> None:
    """Give every table of a lake in a folder version 2, and rewrite those that were other ones then."""
    # There were no postings, nor a stage that makes them.
    shutil.rmtree(folder / "postings", ignore_errors=True)
    if (folder / "shards").exists():
        Lake(spark, str(folder)).replace_rows("shards", {"stage": "index"}, [])
    for name in TABLES:
        if not (folder / name).exists():
            continue
        lake = Lake(spark, str(folder))
        if name in OLDER:
            rows = OLDER[name](lake.table(name))
            shutil.rmtree(folder / name)
            create(lake, name)
            write_deltalake(str(folder / name), rows, mode="append")
        else:
            _set_version(lake, name)


def create(lake: Lake, name: str) -> None:
    """An empty table as version 2 had it."""
    lake.spark.sql(creation.statement(lake.at, _older(TABLES[name])))
    _set_version(lake, name)


def _set_version(lake: Lake, name: str) -> None:
    lake.spark.sql(f"ALTER TABLE {lake.at.sql(name)} SET TBLPROPERTIES ('{VERSION_PROPERTY}' = '2')")


def _older(table: Table) -> Table:
    of_counts = {column.name: column for column in (*TABLES["concept_counts"].columns, *TABLES["shard_counts"].columns)}
    if table.name == "shard_counts":
        table = replace(table, columns=tuple(of_counts[name] for name in SHARD_COLUMNS))
    columns = tuple(
        replace(one, name="nouns") if one.name == "keys" else one
        for one in table.columns
        if one.name != "ordinal" or table.name == "samples"
    )
    constraints = {**table.constraints, **(SEARCHES if "known_search" in table.constraints else {})}
    return replace(table, columns=columns, constraints=constraints)


def _with_nouns(rows: pa.Table) -> pa.Table:
    return _without_ordinals(rows).rename_columns({"keys": "nouns"})


def _without_ordinals(rows: pa.Table) -> pa.Table:
    return rows.drop_columns("ordinal")


def _one_row_per_count(rows: pa.Table) -> pa.Table:
    """Totals and concepts' counts in rows of their own, none of them 0."""
    found = []
    for row in rows.to_pylist():
        keys = {name: row[name] for name in SHARD_COLUMNS if name in row and name != "samples"}
        totals = {name: row[name] for name in ("samples", "found", "misaligned")}
        found += [
            {**keys, "measure": name, "concept": None, "samples": count} for name, count in totals.items() if count
        ]
        concepts = zip(row["concepts"], row["counts"], strict=True)
        found += [{**keys, "measure": "concept", "concept": one, "samples": count} for one, count in concepts]
    columns = {name: rows.schema.field(name).type for name in SHARD_COLUMNS if name in rows.schema.names}
    schema = pa.schema({**columns, "measure": pa.string(), "concept": pa.string(), "samples": pa.int64()}.items())
    return _with_misalignment(pa.Table.from_pylist(found, schema=schema).select(SHARD_COLUMNS))


def _with_misalignment(rows: pa.Table) -> pa.Table:
    """Misaligned samples as a search of their own, which says again how many samples integrated search looked at."""
    published = pc.starts_with(rows["spec"], "published-misalignment")
    misaligned = pc.or_(pc.equal(rows["measure"], "misaligned"), published)
    again = pc.and_(pc.equal(rows["search"], "integrated"), pc.equal(rows["measure"], "samples"))
    own = rows.filter(pc.and_(again, pc.invert(published)))
    older = pa.concat_tables([rows.filter(misaligned), own])
    place = older.column_names.index("search")
    older = older.set_column(place, rows.schema.field(place), pa.repeat("misalignment", older.num_rows))
    return pa.concat_tables([rows.filter(pc.invert(misaligned)), older])


OLDER: Mapping[str, Callable[[pa.Table], pa.Table]] = {
    "caption_terms": _with_nouns,
    "image_features": _without_ordinals,
    "shard_counts": _one_row_per_count,
    "concept_counts": _with_misalignment,
}
