"""Pairs of a concept and a sample by what finds them: counted, and drawn with known chances to be judged.

The evidence of a pair is a number of bits: TEXT if text search finds it, and `of_edge(i)` if image search above the
i-th edge of scores does. Pairs that nothing finds have the evidence 0. They are too many to be looked at one by one: a
sample is drawn first, and then one concept for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from udfs.counting.arrays import Flags, Integers, distinct, find
from udfs.counting.found import SEARCHED
from udfs.counting.judged import Judged
from udfs.counting.laid_out import LaidOut
from udfs.counting.lots import Lots, lots_of, lots_of_names, uniform
from udfs.counting.searches import Searches

TEXT: Final = 1
NOTHING: Final = 0
# So many bits are left for the edges of scores; a cell is concept << BITS | evidence.
BITS: Final = 24

# The pairs of a concept's number by evidence; the number SEARCHED stands for the samples that can be judged.
CELLS: Final = pa.schema([("number", pa.int32()), ("evidence", pa.int32()), ("pairs", pa.int64())])
# A drawn pair; score: the highest that a label gives the concept, null if none is stored.
DRAWN_PAIRS: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("ordinal", pa.int64()),
        ("number", pa.int32()),
        ("evidence", pa.int32()),
        ("score", pa.float32()),
    ]
)


def of_edge(edge: int) -> int:
    """The evidence that image search above this edge finds a pair."""
    return 2 << edge


class PairEvidence(NamedTuple):
    """The samples that can be judged, and the pairs among them that some search finds, by ascending code.

    A code is concept * samples + sample, as in `udfs.counting.sets`.
    """

    usable: Flags
    codes: Integers
    evidence: Integers


@dataclass(frozen=True, eq=False)
class EvidenceTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of CELLS, to be summed.

    searches: their thresholds are the edges, ascending. judged: the half of a sample that must be usable.
    """

    searches: Searches
    judged: Judged

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for window in LaidOut.of(batches).windows():
            usable, codes, evidence = pairs_found(self.searches, self.judged, window)
            cells, pairs = np.unique(cells_of(codes // max(1, window.places.samples), evidence), return_counts=True)
            numbers = np.append(cells >> BITS, SEARCHED)
            bits = np.append(cells & ((1 << BITS) - 1), NOTHING)
            columns = zip((numbers, bits, np.append(pairs, usable.sum())), CELLS.types, strict=True)
            yield pa.RecordBatch.from_arrays([pa.array(one).cast(kind) for one, kind in columns], schema=CELLS)


@dataclass(frozen=True, eq=False)
class PairDrawTask:
    """Turns what was found in a stretch of shards (FOUND) into DRAWN_PAIRS: each pair is drawn or not by its own lot.

    cells (n,), ascending, and chances (n,): the chance of each pair of a cell. chosen: that of a sample to be paired
    with one of the concepts, of which all have the same chance; the pair is dropped if something finds it. names
    (concepts,): the lots of the concepts' names.
    """

    searches: Searches
    judged: Judged
    corpus: str
    seed: int
    cells: Integers
    chances: npt.NDArray[np.float64]
    chosen: float
    names: Lots

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for window in LaidOut.of(batches).windows():
            places = window.places
            usable, codes, evidence = pairs_found(self.searches, self.judged, window)
            sample = np.flatnonzero(usable)
            lots = np.zeros(places.samples, np.uint64)
            shard = places.shard_of[sample]
            lots[sample] = lots_of(self.seed, self.corpus, places.shards, shard, sample - places.firsts[shard])
            kept = self._drawn(codes, evidence, lots)
            unfound = self._unfound(sample, codes, lots)
            evidence = np.concatenate([evidence[kept], np.full(len(unfound), NOTHING)])
            yield self._rows(window, np.concatenate([codes[kept], unfound]), evidence)

    def _drawn(self, codes: Integers, evidence: Integers, lots: Lots) -> Integers:
        """The places of the found pairs that are drawn."""
        number = codes // max(1, len(lots))
        there, cell = find(self.cells, cells_of(number, evidence))
        drawn = uniform(lots[codes[there] % max(1, len(lots))], self.names[number[there]]) < self.chances[cell]
        return there[drawn]

    def _unfound(self, sample: Integers, codes: Integers, lots: Lots) -> Integers:
        """The codes of drawn pairs that nothing finds, ascending."""
        # No concept has a name with a line break at its start.
        chosen, number = (lots_of_names([name]) for name in ("\nchosen", "\nconcept"))
        sample = sample[uniform(lots[sample], chosen) < self.chosen]
        number = (uniform(lots[sample], number) * len(self.names)).astype(np.int64)
        drawn = distinct(number * np.int64(len(lots)) + sample)
        return np.delete(drawn, find(codes, drawn)[0])

    def _rows(self, window: LaidOut, codes: Integers, evidence: Integers) -> pa.RecordBatch:
        places = window.places
        number, sample = codes // max(1, places.samples), codes % max(1, places.samples)
        shard = places.shard_of[sample]
        scores: pa.Array = pa.nulls(len(codes), pa.float32())
        if self.searches.images:
            tags = self.searches.scores(window)
            assert tags.scores is not None
            there, tag = find(tags.codes, codes)
            values = np.full(len(codes), np.nan, np.float32)
            values[there] = tags.scores[tag]
            scores = pa.array(values, pa.float32(), from_pandas=True)
        names = pa.array(places.shards, pa.string()).take(pa.array(shard))
        columns = [names, pa.array(sample - places.firsts[shard]), pa.array(number), pa.array(evidence), scores]
        cast = [column.cast(kind) for column, kind in zip(columns, DRAWN_PAIRS.types, strict=True)]
        return pa.RecordBatch.from_arrays(cast, schema=DRAWN_PAIRS)


def cells_of(number: Integers, evidence: Integers) -> Integers:
    """The cell of each pair: its concept and its evidence as one number."""
    return (number.astype(np.int64) << BITS) | evidence.astype(np.int64)


def pairs_found(searches: Searches, judged: Judged, window: LaidOut) -> PairEvidence:
    """The pairs that some search finds, among the samples whose `judged` half is usable."""
    usable = np.zeros(window.places.samples, bool)
    found: list[tuple[int, Integers]] = []
    # Each half alone: integrated search finds nothing else.
    for half in (replace(searches, images=False), replace(searches, text=None)):
        for search, threshold, held in half.held_in(window):
            bit = TEXT if threshold is None else of_edge(searches.thresholds.index(threshold))
            found.append((bit, held.concepts.codes))
            if (search == "image") == (judged == "image"):
                usable = held.usable
    codes = distinct(np.concatenate([codes for _, codes in found]))
    codes = codes[usable[codes % max(1, len(usable))]]
    evidence = np.zeros(len(codes), np.int64)
    for bit, of_bit in found:
        evidence[find(codes, of_bit)[1]] |= bit
    return PairEvidence(usable, codes, evidence)
