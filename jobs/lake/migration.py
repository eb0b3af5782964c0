"""Migrates an older lake to this release's tables: adds columns, rewrites rows (`jobs.lake.rewriting`), then sets the
version.

The version is set last, so a migration that is killed and started again ends with the same tables. A missing table is
created by its first write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.lake.creation import listed, released
from jobs.lake.lake import Lake
from jobs.lake.rewriting import REWRITINGS, Rewriting, rewrite
from jobs.lake.slices import spark_literal
from jobs.lake.tables import SCHEMA_VERSION, TABLES, Column, Table


@dataclass(frozen=True)
class Step:
    """The migration of one table: its current version, and the columns to add or how its rows change."""

    table: str
    version: int
    columns: tuple[Column, ...] = ()
    rewriting: Rewriting | None = None

    def __str__(self) -> str:
        added = ", ".join(column.name for column in self.columns)
        change = f"rows written again: {self.rewriting.change}" if self.rewriting else f"new columns: {added or 'none'}"
        return f"{self.table}: version {self.version} to {SCHEMA_VERSION}, {change}"


def missing(lake: Lake) -> list[Step]:
    """The steps that the lake's tables need; none if all are of this release. Needs Spark.

    Raises LakeVersion if a newer release wrote a table, or no release did.
    """
    steps = []
    for name, table in TABLES.items():
        version = lake.schema_version(name)
        if version is None or version == SCHEMA_VERSION:
            continue
        rewriting = REWRITINGS.get(name)
        if rewriting and version < rewriting.version:
            steps.append(Step(name, version, rewriting=rewriting))
        else:
            there = lake.spark.read.table(lake.at.sql(name)).columns
            steps.append(Step(name, version, tuple(column for column in table.columns if column.name not in there)))
    return steps


def migrate(lake: Lake) -> list[Step]:
    """Migrate every table of the lake to this release; returns the steps that were done."""
    steps = missing(lake)
    for step in steps:
        address = lake.at.sql(step.table)
        if step.rewriting:
            rewrite(lake, step.table, step.version)
        if step.columns:
            added = ", ".join(_definition(TABLES[step.table], column) for column in step.columns)
            lake.spark.sql(f"ALTER TABLE {address} ADD COLUMNS ({added})")
        lake.spark.sql(f"ALTER TABLE {address} SET TBLPROPERTIES ({listed(released(TABLES[step.table]))})")
    return steps


def _definition(table: Table, column: Column) -> str:
    """The SQL of a column for ADD COLUMNS, with its position among the others."""
    before: Sequence[str] = table.column_names[: table.column_names.index(column.name)]
    place = f"AFTER `{before[-1]}`" if before else "FIRST"
    return f"`{column.name}` {column.type} COMMENT {spark_literal(column.comment)} {place}"
