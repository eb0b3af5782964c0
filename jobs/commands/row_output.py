"""Writes rows to stdout or to a file: CSV, JSON or Parquet. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import SettingsError

FORMATS = ("csv", "json", "parquet")
SAMPLE_FORMATS = ("csv", "jsonl", "parquet", "keys", "webdataset")


def emit(rows: Sequence[Mapping[str, Any]], schema: pa.Schema, format: str, output: str | None) -> None:
    """Write rows in the order of the schema; null is an empty cell in CSV. Parquet needs an output file.

    Raises SettingsError if the file cannot be written.
    """
    if format == "parquet" and output is None:
        raise SettingsError("--format parquet needs --output FILE")
    if output is None:
        sys.stdout.write(_text(rows, schema, format))
        return
    try:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        if format == "parquet":
            pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=schema), output)
        else:
            Path(output).write_text(_text(rows, schema, format), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"--output {output}: cannot be written ({error.strerror or error})") from None


def _text(rows: Sequence[Mapping[str, Any]], schema: pa.Schema, format: str) -> str:
    return _csv(rows, schema) if format == "csv" else _json(rows, schema)


def _csv(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(schema.names)
    writer.writerows([row.get(name) for name in schema.names] for row in rows)
    return buffer.getvalue()


def _json(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> str:
    return json.dumps([{name: row.get(name) for name in schema.names} for row in rows], ensure_ascii=False) + "\n"
