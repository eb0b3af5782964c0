"""A lake that needs looking after, made of the kept one without Spark: many small files, old versions, leftovers."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from jobs.lake.tables import SCHEMA_VERSION

GOLDEN = Path(__file__).parents[1] / "golden"
HOUR = 3600


def lake(folder: Path) -> Path:
    """The kept lake, its tables of rows by the sample in one file a row."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(folder)
    for name in ("samples", "caption_terms"):
        scatter(folder / name)
    return folder


def scatter(table: Path) -> None:
    """Each row in a file of its own."""
    rows = DeltaTable(str(table)).to_pyarrow_table()
    write_deltalake(str(table), rows.slice(0, 0), mode="overwrite", predicate="true")
    for number in range(rows.num_rows):
        write_deltalake(str(table), rows.slice(number, 1), mode="append")


def under(table: Path, old: str, new: str) -> None:
    """Add a copy of what a table has under one spec, under another."""
    rows = DeltaTable(str(table)).to_pyarrow_table(filters=[("spec", "=", old)])
    column = rows.schema.get_field_index("spec")
    write_deltalake(str(table), rows.set_column(column, "spec", pa.repeat(new, rows.num_rows)), mode="append")


def left_by_a_kill(table: Path, age: float) -> Path:
    """A data file of no version, so many hours old, as a killed writer leaves it."""
    file = table / f"part-00000-{age:g}.parquet"
    file.write_bytes(bytes(1000))
    os.utime(file, (time.time() - age * HOUR,) * 2)
    return file


def staged(folder: Path, name: str) -> Path:
    """A staged wave that a killed run left behind."""
    wave = folder / "_staging" / name
    wave.mkdir(parents=True)
    (wave / "part-00000.parquet").write_bytes(bytes(500))
    return wave


def files(folder: Path) -> dict[str, Any]:
    """Every file of a lake with its size."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
