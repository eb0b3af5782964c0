"""Reads rows of a table from its Parquet files on an executor, for a task that works on record batches.

Repeated strings stay dictionary codes, as the files hold them: the nouns of 10^7 captions are read in a tenth of the
time that the JVM takes to hand them over as strings.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from udfs.counting.arrays import coded
from udfs.shards.uris import open_shard

# The most rows of a batch. It has fewer if lists or texts are long: its longest column has about so many values and
# bytes.
ROWS: Final = 1 << 17
VALUES: Final = 1 << 22
BYTES: Final = 64 << 20

Task = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
# Values that the column `key` may have, None for rows without one.
Keys = Collection[str | None]


@dataclass(frozen=True)
class FilesTask:
    """Feeds `task` with `columns` of files. Input rows have `file`, a URI."""

    columns: tuple[str, ...]
    task: Task

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return self.task(self._rows(batches))

    def _rows(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for uri in batch["file"].to_pylist():
                yield from read_rows(uri, self.columns)


def read_rows(
    uri: str, columns: Sequence[str], keys: Keys | None = None, shards: tuple[str, str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Columns of a Parquet file in batches of at most 131,072 rows; repeated strings are dictionary-encoded.

    keys: the values that the column `key`, one of `columns`, must have. shards: the first and the last name that the
    caller wants of the column `shard`; rows of others may come, too. Groups of rows whose statistics exclude all of
    these are not read. Raises OSError if the file cannot be read.
    """
    with open_shard(uri) as source:
        footer = pq.read_metadata(source)
        file = pq.ParquetFile(source, metadata=footer, read_dictionary=_strings(footer, columns))
        rows = _batch_rows(footer, columns)
        groups: Iterable[int] = range(footer.num_row_groups)
        if shards is not None:
            groups = _of_shards(footer, groups, *shards)
        if keys is not None:
            groups = _with_keys(footer, groups, keys)
        # One row group at a time: pyarrow cannot put lists with two dictionaries into one batch.
        for group in groups:
            batches = file.iter_batches(rows, row_groups=[group], columns=list(columns), use_threads=False)
            yield from batches if keys is None else (_with_key(batch, keys) for batch in batches)


def _of_shards(footer: Any, groups: Iterable[int], first: str, last: str) -> Iterator[int]:
    """The row groups that may have a row of a shard from `first` to `last`."""
    column = _place(footer, "shard")
    for group in groups:
        known = footer.row_group(group).column(column).statistics
        if known is None or not known.has_min_max or (known.min <= last and known.max >= first):
            yield group


def _with_keys(footer: Any, groups: Iterable[int], keys: Keys) -> Iterator[int]:
    """The row groups that may have a row of one of these keys."""
    ascending = sorted(key for key in keys if key is not None)
    column = _place(footer, "key")
    for group in groups:
        known = footer.row_group(group).column(column).statistics
        if known is None or not known.has_null_count or (None in keys and known.null_count):
            yield group
        elif known.has_min_max:
            at = bisect_left(ascending, known.min)
            if at < len(ascending) and ascending[at] <= known.max:
                yield group
        elif known.null_count < footer.row_group(group).num_rows:
            yield group


def _place(footer: Any, name: str) -> int:
    return next(one for one in range(footer.num_columns) if footer.schema.column(one).path == name)


def _with_key(batch: pa.RecordBatch, keys: Keys) -> pa.RecordBatch:
    names = coded(batch["key"])
    wanted = pc.is_in(names.dictionary, pa.array([key for key in keys if key is not None], pa.string()))
    return batch.filter(wanted.take(names.indices).fill_null(None in keys))


def _strings(footer: Any, columns: Sequence[str]) -> list[str]:
    """The paths of the text columns, also within lists; sample keys are left out because they do not repeat."""
    leaves = [footer.schema.column(number) for number in range(len(footer.schema))]
    wanted = [leaf for leaf in leaves if leaf.path.split(".")[0] in columns and leaf.path != "sample"]
    return [leaf.path for leaf in wanted if leaf.converted_type == "UTF8"]


def _batch_rows(footer: Any, columns: Sequence[str]) -> int:
    """ROWS, or fewer, so that the longest of the columns keeps to VALUES and BYTES."""
    values: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for group in range(footer.num_row_groups):
        for number in range(footer.num_columns):
            chunk = footer.row_group(group).column(number)
            if chunk.path_in_schema.split(".")[0] in columns:
                values[chunk.path_in_schema] += chunk.num_values
                sizes[chunk.path_in_schema] += chunk.total_uncompressed_size
    by_values = VALUES * footer.num_rows // max(1, *values.values())
    by_bytes = BYTES * footer.num_rows // max(1, *sizes.values())
    return max(1, min(ROWS, by_values, by_bytes))
