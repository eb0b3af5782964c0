"""Writes rows to stdout or to a file: CSV, JSON or Parquet. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import SettingsError

FORMATS = ("csv", "json", "parquet")
SAMPLE_FORMATS = ("csv", "jsonl", "parquet", "keys", "webdataset")
# Rows that are turned into text at a time.
ROWS = 1 << 16


def emit(rows: Sequence[Mapping[str, Any]], schema: pa.Schema, format: str, output: str | None) -> None:
    """Write rows in the order of the schema; null is an empty cell in CSV. Parquet needs an output file.

    Raises SettingsError if the file cannot be written.
    """
    check_output(format, output)
    emit_table(pa.Table.from_pylist([dict(row) for row in rows], schema=schema), format, output)


def emit_file(rows: Sequence[Mapping[str, Any]], schema: pa.Schema, output: str) -> None:
    """Write rows to a file: Parquet if its name ends so, else CSV."""
    emit(rows, schema, "parquet" if output.endswith(".parquet") else "csv", output)


def check_output(format: str, output: str | None) -> None:
    """Raise SettingsError if this output cannot be, and make its folder: for commands that work before they write."""
    if output is None:
        if format == "parquet":
            raise SettingsError("--format parquet needs --output FILE")
        return
    with _told(output):
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        if Path(output).is_dir():
            raise IsADirectoryError("it is a folder")


def emit_table(table: pa.Table, format: str, output: str | None) -> None:
    """`emit` for any number of rows, if `check_output` has allowed the output."""
    if output is None:
        _write_text(table, format, sys.stdout)
        return
    with _told(output):
        if format == "parquet":
            pq.write_table(table, output)
            return
        with Path(output).open("w", encoding="utf-8") as file:
            _write_text(table, format, file)


def write_page(text: str, output: str) -> None:
    """Write a page of text to a file, if `check_output` has allowed it."""
    with _told(output):
        Path(output).write_text(text, encoding="utf-8")


@contextmanager
def _told(output: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(f"--output {output}: cannot be written ({error.strerror or error})") from None


def _write_text(table: pa.Table, format: str, file: IO[str]) -> None:
    batches = table.to_batches(max_chunksize=ROWS)
    if format == "csv":
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(table.column_names)
        for batch in batches:
            rows.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        return
    file.write("[")
    for number, row in enumerate(row for batch in batches for row in batch.to_pylist()):
        file.write(f"{', ' if number else ''}{json.dumps(row, ensure_ascii=False)}")
    file.write("]\n")
