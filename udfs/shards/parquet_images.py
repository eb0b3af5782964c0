"""Finds images in Parquet files: the column that holds them, and the rows that have one."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from udfs.shards.extensions import IMAGE_EXTENSIONS
from udfs.shards.parquet_paths import column_type, typed

# Hugging Face's column, then those of webdatasets that were turned into Parquet.
IMAGES: Final = ("image", *IMAGE_EXTENSIONS)
LAYOUT: Final = "parquet"

# Bytes held per column that is read; over a network also the size of a request.
BUFFER = 4 << 20
# Rows per batch if images must be read to know which rows have one: some megabytes.
BATCH_IMAGES = 32


def open_table(file: Any) -> pq.ParquetFile:
    """The table in an open file; a column of a row group is read `BUFFER` bytes at a time."""
    # With pre_buffer, the default, whole row groups are loaded and buffer_size has no effect.
    return pq.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False)


def image_column(schema: pa.Schema) -> str | None:
    """The column that holds images if none is named: the first usual name whose column holds bytes."""
    return next((name for name in IMAGES if name in schema.names and _bytes_path(schema, name)), None)


def image_leaf(schema: pa.Schema, name: str) -> str:
    """The dotted path of the bytes in image column `name`. Raises ValueError when there are none."""
    leaf = _bytes_path(schema, name)
    if leaf is None:
        raise ValueError(
            f"column {name} holds {column_type(schema, name)}, not images: name a column of binary or "
            f"struct<bytes, path> as `image`; the columns are {typed(schema)}"
        )
    return leaf


def _bytes_path(schema: pa.Schema, name: str) -> str | None:
    kind = column_type(schema, name)
    if _is_bytes(kind):
        return name
    if pa.types.is_struct(kind):
        index = kind.get_field_index("bytes")
        if index >= 0 and _is_bytes(kind.field(index).type):
            return f"{name}.bytes"
    return None


def _is_bytes(kind: pa.DataType) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    return any(test(kind) for test in tests)


def image_bytes(batch: pa.RecordBatch, leaf: str) -> pa.Array:
    """The bytes of a batch's images; null for a row without one."""
    name, nested = (leaf.removesuffix(".bytes"), True) if leaf not in batch.schema.names else (leaf, False)
    column = batch.column(name)
    if not nested:
        return column
    fields = dict(zip([field.name for field in column.type], column.flatten(), strict=True))
    return fields["bytes"]


def presence(table: pq.ParquetFile, group: int, leaf: str) -> bool | None:
    """Whether all rows of a row group have an image (True) or none has (False), by its statistics; None: unknown."""
    meta = table.metadata.row_group(group)
    for index in range(meta.num_columns):
        chunk = meta.column(index)
        if chunk.path_in_schema != leaf:
            continue
        if table.schema.column(index).max_definition_level == 0:
            return True
        known = chunk.statistics is not None and chunk.statistics.has_null_count
        if known and chunk.statistics.null_count in (0, meta.num_rows):
            return bool(chunk.statistics.null_count == 0)
    return None
