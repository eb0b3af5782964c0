"""Rows to stdout or to a file: CSV, JSON or Parquet. Data on stdout, everything else on stderr."""

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

from jobs.core.errors import SettingsError

FORMATS = ("csv", "json", "parquet")


def emit(rows: Sequence[Mapping[str, Any]], schema: pa.Schema, format: str, output: str | None) -> None:
    """Write rows in the order of the schema; null is an empty cell in CSV. Parquet needs an output file."""
    if format == "parquet":
        if output is None:
            raise SettingsError("--format parquet needs --output FILE")
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=schema), output)
        return
    text = _csv(rows, schema) if format == "csv" else _json(rows, schema)
    if output is None:
        sys.stdout.write(text)
        return
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(text, encoding="utf-8")


def _csv(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(schema.names)
    writer.writerows([row.get(name) for name in schema.names] for row in rows)
    return buffer.getvalue()


def _json(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> str:
    return json.dumps([{name: row.get(name) for name in schema.names} for row in rows], ensure_ascii=False) + "\n"
