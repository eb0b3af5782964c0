"""Counts samples by concept and value of an attribute, such as the language of their captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Integers, changes
from udfs.counting.found import FOUND
from udfs.counting.laid_out import Held, LaidOut
from udfs.counting.searches import Searches
from udfs.counting.sets import Places

# Samples of a stretch that hold a concept and have the value of a key; without a concept, those that were searched.
BROKEN_DOWN: Final = pa.schema(
    [
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("concept", pa.string()),
        ("key", pa.string()),
        ("samples", pa.int64()),
    ]
)


class Values(NamedTuple):
    """The keys of an attribute, and for the place of each sample the number of its key; -1: it has none."""

    keys: pa.StringArray
    of_sample: Integers


@dataclass(frozen=True, eq=False)
class BreakdownTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of BROKEN_DOWN, of one search.

    One attribute's keys are among what was found. A number of samples that is 0 has no row. A search may have several
    rows of a concept and key, to be summed.
    """

    search: str
    concepts: Sequence[str]
    searches: Searches

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        table = pa.Table.from_batches(batches, FOUND)
        found = LaidOut.of(iter(table.to_batches()))
        values = _values(table.filter(pc.equal(table["kind"], "attribute")), found.places)
        for window in found.windows():
            for _, threshold, held in self.searches.held_by(self.search, window):
                yield self._rows(threshold, held, values)

    def _rows(self, threshold: float | None, held: Held, values: Values) -> pa.RecordBatch:
        searched = values.of_sample[held.usable]
        if len(searched) and searched.min() < 0:
            raise ValueError("a sample was searched that has no value of the attribute: index the attribute again")
        # The number after the last concept is that of the samples searched.
        concept, sample = held.concepts.split()
        codes = np.concatenate([concept * len(values.keys) + values.of_sample[sample], searched + self._last(values)])
        codes = np.sort(codes)
        starts = np.flatnonzero(changes(codes))
        concept, key = np.divmod(codes[starts], max(1, len(values.keys)))
        names = pa.array([*self.concepts, None], pa.string())
        columns = {
            "search": pa.repeat(self.search, len(starts)),
            "threshold": pa.repeat(pa.scalar(threshold, pa.float64()), len(starts)),
            "concept": names.take(pa.array(concept)),
            "key": values.keys.take(pa.array(key)),
            "samples": pa.array(np.diff(np.append(starts, len(codes))), pa.int64()),
        }
        return pa.RecordBatch.from_arrays(list(columns.values()), schema=BROKEN_DOWN)

    def _last(self, values: Values) -> int:
        return len(self.concepts) * len(values.keys)


def _values(rows: pa.Table, places: Places) -> Values:
    """The value of each sample, by its place; `rows` are those of an attribute."""
    keys = rows["key"].combine_chunks().dictionary_encode()
    shard = pc.index_in(rows["shard"], pa.array(places.shards, pa.string())).to_numpy()
    lengths = pc.list_value_length(rows["ordinals"]).to_numpy()
    ordinals = pc.list_flatten(rows["ordinals"]).to_numpy()
    of_sample = np.full(places.samples, -1)
    of_sample[np.repeat(places.firsts[shard], lengths) + ordinals] = np.repeat(keys.indices.to_numpy(), lengths)
    return Values(keys.dictionary, of_sample)
