"""The numbers of samples that a count has searched, from its rows per shard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

SEARCHED: Final = pa.schema([("shard", pa.string()), ("search", pa.string()), ("samples", pa.int64())])
HALVES: Final = pa.array(["text", "image"])


def searched(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The samples of each shard whose captions or images were searched, once per threshold.

    Input rows have `shard`, `search`, `measure` and `samples`.
    """
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        found = rows.filter((pc.field("measure") == "samples") & pc.field("search").isin(HALVES))
        yield from found.select(SEARCHED.names).cast(SEARCHED).to_batches()
