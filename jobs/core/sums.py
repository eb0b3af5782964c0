"""Rows summed by some of their columns, on the driver: all at once, or as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

# So many rows are summed at a time, or as many as there are sums already.
ROWS = 1 << 20


def summed(rows: pa.Table, by: Sequence[str]) -> pa.Table:
    """The sums of all other columns by these, in the columns and types of `rows`."""
    others = [name for name in rows.column_names if name not in by]
    sums = rows.group_by(list(by)).aggregate([(name, "sum") for name in others]).rename_columns([*by, *others])
    return sums.select(rows.column_names).cast(rows.schema)


def summed_as_read(batches: Iterable[pa.RecordBatch], schema: pa.Schema, by: Sequence[str]) -> pa.Table:
    """`summed` of batches of this schema; only sums, and rows that wait to be summed, are held."""
    total, waiting, rows = schema.empty_table(), list[pa.RecordBatch](), 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= max(ROWS, total.num_rows):
            total, waiting, rows = _with(total, waiting, by), [], 0
    return _with(total, waiting, by)


def _with(total: pa.Table, batches: Sequence[pa.RecordBatch], by: Sequence[str]) -> pa.Table:
    return summed(pa.concat_tables([total, pa.Table.from_batches(batches, total.schema)]), by)
