"""Migrates an older lake to this release's tables: adds the new columns, then sets the version.

Every change of the tables so far adds nullable columns, so no row is written again. The version is set last, so a
migration that is killed and started again ends with the same tables. A missing table is created by its first write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.lake.lake import Lake
from jobs.lake.slices import spark_literal
from jobs.lake.small_tables import VERSION_PROPERTY
from jobs.lake.tables import SCHEMA_VERSION, TABLES, Column, Table


@dataclass(frozen=True)
class Step:
    """The migration of one table: its current version and the columns to add."""

    table: str
    version: int
    columns: tuple[Column, ...]

    def __str__(self) -> str:
        added = ", ".join(column.name for column in self.columns)
        return f"{self.table}: version {self.version} to {SCHEMA_VERSION}, new columns: {added or 'none'}"


def missing(lake: Lake) -> list[Step]:
    """The steps that the lake's tables need; none if all are of this release. Needs Spark.

    Raises LakeVersion if a newer release wrote a table, or no release did.
    """
    steps = []
    for name, table in TABLES.items():
        version = lake.schema_version(name)
        if version is not None and version < SCHEMA_VERSION:
            there = lake.spark.read.table(lake.at.sql(name)).columns
            absent = tuple(column for column in table.columns if column.name not in there)
            steps.append(Step(name, version, absent))
    return steps


def migrate(lake: Lake) -> list[Step]:
    """Migrate every table of the lake to this release; returns the steps that were done."""
    steps = missing(lake)
    for step in steps:
        address = lake.at.sql(step.table)
        if step.columns:
            added = ", ".join(_definition(TABLES[step.table], column) for column in step.columns)
            lake.spark.sql(f"ALTER TABLE {address} ADD COLUMNS ({added})")
        lake.spark.sql(f"ALTER TABLE {address} SET TBLPROPERTIES ('{VERSION_PROPERTY}' = '{SCHEMA_VERSION}')")
    return steps


def _definition(table: Table, column: Column) -> str:
    """The SQL of a column for ADD COLUMNS, with its position among the others."""
    before: Sequence[str] = table.column_names[: table.column_names.index(column.name)]
    place = f"AFTER `{before[-1]}`" if before else "FIRST"
    return f"`{column.name}` {column.type} COMMENT {spark_literal(column.comment)} {place}"
