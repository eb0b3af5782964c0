"""Counts the samples that no key of an index finds, such as captions without any noun."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import usable_rows

# Usable samples of a shard, and those of them that have no key; a shard may have several rows, to be summed.
KEYLESS: Final = pa.schema([("shard", pa.string()), ("samples", pa.int64()), ("keyless", pa.int64())])
READ: Final = ("shard", "status", "keys")


def keyless(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The numbers of each batch; input rows have `shard`, `status` and `keys`, a list or null."""
    for batch in batches:
        rows = batch.filter(pa.array(usable_rows(batch)))
        empty = pc.equal(pc.fill_null(pc.list_value_length(rows["keys"]), 0), 0)
        found = pa.table({"shard": rows["shard"].cast(pa.string()), "keyless": empty.cast(pa.int64())})
        sums = found.group_by("shard").aggregate([("keyless", "count"), ("keyless", "sum")])
        yield from sums.rename_columns(KEYLESS.names).cast(KEYLESS).to_batches()
