"""The numbers of samples that were indexed or counted, from what was written of each shard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

INDEXED: Final = pa.schema([("shard", pa.string()), ("spec", pa.string()), ("samples", pa.int64())])
SEARCHED: Final = pa.schema([("shard", pa.string()), ("search", pa.string()), ("samples", pa.int64())])
HALVES: Final = pa.array(["text", "image"])


def indexed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The samples of each shard that postings have at all, in rows to be summed.

    Input rows have `shard`, `spec`, `key` and `samples`.
    """
    for batch in batches:
        rows = pa.Table.from_batches([batch]).filter(pc.field("key").is_null())
        yield from rows.select(INDEXED.names).cast(INDEXED).to_batches()


def searched(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The samples of each shard whose captions or images were searched, once per threshold.

    Input rows have `shard`, `search` and `samples`.
    """
    for batch in batches:
        rows = pa.Table.from_batches([batch]).filter(pc.field("search").isin(HALVES))
        yield from rows.select(SEARCHED.names).cast(SEARCHED).to_batches()
