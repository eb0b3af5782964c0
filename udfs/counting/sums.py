"""Sums partial counts to rows of the table shard_counts, with names in place of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Integers, changes
from udfs.counting.per_shard import COUNTS, TOTAL, measures

SUMS = pa.schema(
    [
        ("shard", pa.string()),
        ("spec", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("measure", pa.string()),
        ("concept", pa.string()),
        ("samples", pa.int64()),
    ]
)
ROWS: Final = 1 << 16


@dataclass(frozen=True)
class SumTask:
    """Sums partial counts (COUNTS) to rows of SUMS, by shard, measure and concept.

    The task must see all partial counts of each of its shards. specs: the spec of each search's counts.
    """

    concepts: tuple[str, ...]
    thresholds: tuple[float, ...]
    specs: Mapping[str, str]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        kinds = self._kinds()
        # TOTAL, which is -1, comes first.
        concepts = pa.array([None, *self.concepts], pa.string())
        # A join declares the shard as required; the cast makes it optional again.
        counts = pa.Table.from_batches((batch.cast(COUNTS) for batch in batches), COUNTS)
        shards, shard = _numbered(counts["shard"])
        measure, concept, samples = (column.to_numpy() for column in counts.columns[1:])
        codes = (shard * len(kinds) + measure) * len(concepts) + (concept - TOTAL)
        codes, sums = _summed(codes, samples)
        for start in range(0, len(sums), ROWS):
            part = slice(start, start + ROWS)
            code, concept = np.divmod(codes[part], len(concepts))
            shard, measure = np.divmod(code, len(kinds))
            of_kind = kinds.take(pa.array(measure)).columns
            columns = [shards.take(pa.array(shard)), *of_kind, concepts.take(pa.array(concept)), pa.array(sums[part])]
            yield pa.RecordBatch.from_arrays(columns, schema=SUMS)

    def _kinds(self) -> pa.RecordBatch:
        """One row per measure, in the order of its number: its spec and its parts."""
        rows = [(self.specs.get(kind.search), *kind) for kind in measures(self.thresholds)]
        fields = [SUMS.field(name) for name in ("spec", "search", "threshold", "measure")]
        columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), fields, strict=True)]
        return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def _numbered(names: pa.ChunkedArray) -> tuple[pa.Array, Integers]:
    """The distinct names, ascending, and the index of each of `names` among them."""
    coded = names.combine_chunks().dictionary_encode()
    order = pc.sort_indices(coded.dictionary)
    places = np.argsort(order.to_numpy())
    return coded.dictionary.take(order), places[coded.indices.to_numpy()]


def _summed(codes: Integers, samples: Integers) -> tuple[Integers, Integers]:
    """The distinct codes, ascending, and the sum of the samples of each."""
    order = np.argsort(codes)
    codes = codes[order]
    starts = np.flatnonzero(changes(codes))
    return codes[starts], np.add.reduceat(samples[order], starts) if len(starts) else samples
