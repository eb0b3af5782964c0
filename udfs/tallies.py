"""Sums over stored rows: how many rows of a shard have each status, and how long each phase took for a shard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# The number of rows of a status (phase is null), or the seconds of a phase (status is empty). One shard may have
# several rows of either kind, to be summed.
TALLIES: Final = pa.schema(
    [("shard", pa.string()), ("status", pa.string()), ("phase", pa.string()), ("amount", pa.float64())]
)

NAMES: Final = pa.schema([("shard", pa.string())])


def tally(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The tallies of each batch; input rows have `shard`, `status` and `seconds` (a map, or null)."""
    for batch in batches:
        if batch.num_rows:
            shards = _plain(batch["shard"])
            yield _summed(shards, _plain(batch["status"]), None, np.ones(batch.num_rows))
            yield _phases(shards, batch["seconds"])


def names(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The distinct shards of each batch; input rows have `shard`."""
    for batch in batches:
        yield pa.record_batch([_plain(batch["shard"]).unique()], schema=NAMES)


def total(tallies: pa.Table) -> pa.Table:
    """One row per shard, status and phase, with the sum of the amounts."""
    found = tallies.group_by(["shard", "status", "phase"]).aggregate([("amount", "sum")])
    return found.rename_columns(TALLIES.names)


def _plain(column: Any) -> Any:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _phases(shards: pa.Array, seconds: Any) -> pa.RecordBatch:
    """The seconds of each phase and shard."""
    there = seconds.is_valid()
    kept = seconds.filter(there)
    # The entries of a slice lie within those of the whole array.
    bounds = kept.offsets.to_numpy()
    entries = slice(bounds[0], bounds[-1]) if len(bounds) else slice(0, 0)
    rows = np.repeat(np.arange(len(kept)), np.diff(bounds))
    phases = _plain(kept.keys)[entries]
    amounts = kept.items[entries].cast(pa.float64())
    return _summed(shards.filter(there).take(pa.array(rows)), None, phases, amounts)


def _summed(shards: pa.Array, statuses: pa.Array | None, phases: pa.Array | None, amounts: Any) -> pa.RecordBatch:
    size = len(shards)
    columns = {
        "shard": shards,
        "status": pa.repeat("", size) if statuses is None else statuses,
        "phase": pa.nulls(size, pa.string()) if phases is None else phases,
        "amount": pc.fill_null(pa.array(amounts), 0.0),
    }
    whole = total(pa.table(columns)).cast(TALLIES).combine_chunks()
    return pa.RecordBatch.from_arrays([one.combine_chunks() for one in whole.columns], schema=TALLIES)
