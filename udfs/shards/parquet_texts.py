"""Reads columns of text in a record batch as bytes, because a file's strings need not be valid UTF-8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from udfs.shards.fields import inside
from udfs.shards.parquet_paths import Path, element_type, is_number


def texts(batch: pa.RecordBatch, path: Path | None) -> list[Any]:
    """The value at `path` in each row: text as bytes, a list of them, or None; a number is the str of its digits."""
    if path is None:
        return [None] * batch.num_rows
    column = batch.column(path.column)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    values = column.cast(_target(column.type, path.fields)).to_pylist()
    return [inside(value, path.fields) for value in values] if path.fields else values


def _target(kind: pa.DataType, fields: Sequence[str]) -> pa.DataType:
    """The type to read: text as bytes, lists as plain lists, and structs with only the field on the path."""
    element = element_type(kind)
    if element is not None:
        return pa.large_list(_target(element, fields))
    if fields:
        field = kind.field(kind.get_field_index(fields[0]))
        return pa.struct([field.with_type(_target(field.type, fields[1:]))])
    return pa.large_string() if is_number(kind) else pa.large_binary()
