"""Counts samples that hold two concepts: for all pairs of a list, or for one concept and each of the others.

All pairs are the product of a sparse matrix with itself: concepts by samples, and samples by concepts. It is computed
for some concepts at a time, so that memory is bounded by the products of a part and not by the pairs of the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from udfs.counting.arrays import Integers
from udfs.counting.found import SEARCHED
from udfs.counting.laid_out import Held, LaidOut
from udfs.counting.searches import Searches
from udfs.counting.sets import Sets, parts

# How many samples hold two concepts, by their numbers. The same number twice: how many hold the concept. SEARCHED
# twice: how many could be searched.
PAIRS: Final = pa.schema([("first", pa.int32()), ("second", pa.int32()), ("samples", pa.int64())])


@dataclass(frozen=True, eq=False)
class PairTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of PAIRS under `search`, to be summed.

    The input has all of the stretch. `searches` has no more than one threshold. concept: only the pairs of this number,
    each with it as `first`; None: every pair that some sample holds, with the smaller number as `first`.
    """

    searches: Searches
    search: str
    concept: int | None = None

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for window in LaidOut.of(batches).windows():
            held = next(self.searches.held_by(self.search, window)).held
            yield _singles(held)
            yield from all_pairs(held.concepts) if self.concept is None else pairs_of(held.concepts, self.concept)


def _singles(held: Held) -> pa.RecordBatch:
    """The samples that could be searched, and those of each concept that has some."""
    counts = np.bincount(held.concepts.split()[0], minlength=held.concepts.count)
    numbers = np.concatenate([np.array([SEARCHED]), np.flatnonzero(counts)])
    return _rows(numbers, numbers, np.concatenate([np.array([held.usable.sum()]), counts[counts > 0]]))


def pairs_of(concepts: Sets, concept: int) -> Iterator[pa.RecordBatch]:
    """The pairs of one set with each other set that shares members with it, as one batch of PAIRS."""
    sets, members = concepts.split()
    own = np.zeros(concepts.samples, bool)
    own[members[sets == concept]] = True
    common = np.bincount(sets[own[members]], minlength=concepts.count)
    common[concept] = 0
    others = np.flatnonzero(common)
    yield _rows(np.full(len(others), concept), others, common[others])


def all_pairs(concepts: Sets) -> Iterator[pa.RecordBatch]:
    """Every pair of sets that share members, once, as batches of PAIRS."""
    # scipy takes a fifth of a second to import.
    from scipy.sparse import csr_array

    sets, members = concepts.split()
    if not len(sets):
        return
    starts = np.searchsorted(sets, np.arange(concepts.count + 1))
    # A window's members are neighbours: the matrix needs no columns before the first or after the last.
    columns = members - members.min()
    shape = (concepts.count, int(columns.max()) + 1)
    by_concept = csr_array((np.ones(len(sets), np.int32), columns, starts), shape)
    by_sample = by_concept.T.tocsr()
    products = by_concept @ np.diff(by_sample.indptr).astype(np.int64)
    for part in parts(products):
        found = (by_concept[part] @ by_sample).tocoo()
        first = found.row.astype(np.int64) + part.start
        kept = first < found.col
        yield _rows(first[kept], found.col[kept], found.data[kept])


def _rows(first: Integers, second: Integers, samples: Integers) -> pa.RecordBatch:
    columns = [pa.array(values).cast(field.type) for values, field in zip((first, second, samples), PAIRS, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=PAIRS)
