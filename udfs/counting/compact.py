"""Numbers the samples of each shard anew, so that few that were found among very many take little room."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from udfs.counting.arrays import changes, distinct
from udfs.counting.found import FOUND

# A shard has fewer samples than this.
ORDINALS = np.int64(1) << 32


def compact(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """FOUND with ordinals 0, 1, ... for the samples of each shard that occur at all, in their order.

    Which samples are equal stays as it is, and with it all counts; which samples they are is lost.
    """
    table = pa.Table.from_batches(batches, FOUND)
    shard = table["shard"].combine_chunks().dictionary_encode().indices.to_numpy()
    ordinals = table["ordinals"].combine_chunks()
    codes = np.repeat(shard, ordinals.value_lengths().to_numpy()) * ORDINALS + ordinals.flatten().to_numpy()
    samples = distinct(codes)
    # The first place of each shard among the samples of all shards.
    owner = samples // ORDINALS
    firsts = np.maximum.accumulate(np.where(changes(owner), np.arange(len(samples)), 0))
    place = np.searchsorted(samples, codes)
    ranks = pa.array(place - firsts[place], pa.int32())
    column = pa.ListArray.from_arrays(ordinals.offsets, ranks)
    yield from table.set_column(FOUND.get_field_index("ordinals"), FOUND.field("ordinals"), column).to_batches()
