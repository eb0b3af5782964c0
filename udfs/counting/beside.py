"""Counts what stands beside a concept: every key that samples with it hold, and which of some keys go together.

A key is a noun of captions or a tag of images. What goes together is counted as patterns: a number whose bits are the
chosen keys that a sample holds, so that any question about their combinations can be answered from few rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Flags, Integers
from udfs.counting.found import FOUND, SEARCHED
from udfs.counting.laid_out import LaidOut
from udfs.counting.searches import Searches
from udfs.counting.sets import Places

NOUN: Final = "noun"
TAG: Final = "tag"
# Samples that hold a key, and those of them that name the concept; without a key, all that were searched for a kind.
BESIDE: Final = pa.schema(
    [("kind", pa.string()), ("key", pa.string()), ("samples", pa.int64()), ("together", pa.int64())]
)
# Samples with the concept that hold the same keys: bit i is that of key i, and three bits say more of a sample.
PATTERNS: Final = pa.schema([("pattern", pa.int64()), ("samples", pa.int64())])
MOST_KEYS: Final = 40
# The image could be searched; image search finds the concept too; the sample is of the second half.
SEARCHED_BIT: Final = 1 << 60
SHOWN_BIT: Final = 1 << 61
HALF_BIT: Final = 1 << 62


class _Asked(NamedTuple):
    """Where samples lie, and, by place, which could be searched for the concept, name it, and show it."""

    places: Places
    searched: Flags
    named: Flags
    shown: Flags


class _Keys(NamedTuple):
    """The keys of one kind by name, every (number of a key, place of a sample) pair, and the samples searched."""

    names: pa.StringArray
    key: Integers
    sample: Integers
    searched: Flags


@dataclass(frozen=True, eq=False)
class BesideTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of BESIDE, to be summed.

    The searches ask captions for one concept. Nouns and tags of all samples are among what was found; a sample holds a
    tag if the score is above `threshold`.
    """

    searches: Searches
    threshold: float

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        table = pa.Table.from_batches(batches, FOUND)
        asked = _asked(table, self.searches)
        for kind in (NOUN, TAG):
            keys = _keys(table, kind, asked.places, self.searches, self.threshold)
            searched = keys.searched & asked.searched
            named = searched & asked.named
            samples, together = (
                np.bincount(keys.key[flags[keys.sample]], minlength=len(keys.names)) for flags in (searched, named)
            )
            held = np.flatnonzero(samples)
            yield _rows(kind, pa.nulls(1, pa.string()), np.array([searched.sum()]), np.array([named.sum()]))
            yield _rows(kind, keys.names.take(pa.array(held)), samples[held], together[held])


@dataclass(frozen=True, eq=False)
class PatternTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of PATTERNS, to be summed.

    keys: the (kind, key) of each bit, at most MOST_KEYS; no others need to be among what was found. The searches ask
    for one concept; if they leave images out, no sample has SHOWN_BIT. The second half are samples with odd ordinals.
    """

    searches: Searches
    threshold: float
    keys: tuple[tuple[str, str], ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        table = pa.Table.from_batches(batches, FOUND)
        asked = _asked(table, self.searches)
        patterns = np.where(asked.shown, SHOWN_BIT, 0)
        for kind in (NOUN, TAG):
            keys = _keys(table, kind, asked.places, self.searches, self.threshold)
            bits = {key: 1 << bit for bit, (of, key) in enumerate(self.keys) if of == kind}
            for number, name in enumerate(keys.names.to_pylist()):
                # A sample holds a key once, so that no pair is lost.
                patterns[keys.sample[keys.key == number]] |= bits.get(name, 0)
            if kind == TAG:
                patterns[keys.searched] |= SEARCHED_BIT
        sample = np.flatnonzero(asked.named)
        ordinal = sample - asked.places.firsts[asked.places.shard_of[sample]]
        found, samples = np.unique(patterns[sample] | np.where(ordinal % 2, HALF_BIT, 0), return_counts=True)
        yield pa.RecordBatch.from_arrays([pa.array(found), pa.array(samples, pa.int64())], schema=PATTERNS)


def _asked(table: pa.Table, searches: Searches) -> _Asked:
    """What the searches find of their one concept."""
    found = LaidOut.of(iter(table.to_batches()))
    searched, named, shown = np.zeros((3, found.places.samples), bool)
    for window in found.windows():
        for one in searches.held_in(window):
            members = one.held.concepts.split()[1]
            if one.search == "text":
                searched |= one.held.usable
                named[members] = True
            elif one.search == "image":
                shown[members] = True
    return _Asked(found.places, searched, named, shown)


def _keys(table: pa.Table, kind: str, places: Places, searches: Searches, threshold: float) -> _Keys:
    """The keys of a kind, and the samples that hold them."""
    rows = table.filter(pc.equal(table["kind"], kind)).combine_chunks()
    codes = rows["key"].combine_chunks().dictionary_encode()
    shard = pc.index_in(rows["shard"], pa.array(places.shards, pa.string())).to_numpy()
    lengths = pc.list_value_length(rows["ordinals"]).to_numpy()
    sample = np.repeat(places.firsts[shard], lengths) + pc.list_flatten(rows["ordinals"]).to_numpy()
    key = np.repeat(codes.indices.fill_null(SEARCHED).to_numpy(), lengths)
    searched = np.zeros(places.samples, bool)
    searched[sample[key == SEARCHED]] = True
    held = key != SEARCHED
    if kind == TAG:
        scores = pc.list_flatten(rows["scores"]).to_numpy().astype(searches.score_type)
        held &= scores > np.dtype(searches.score_type).type(threshold)
    return _Keys(codes.dictionary, key[held], sample[held], searched)


def _rows(kind: str, keys: pa.Array, samples: Integers, together: Integers) -> pa.RecordBatch:
    columns = [pa.repeat(kind, len(keys)), keys, pa.array(samples, pa.int64()), pa.array(together, pa.int64())]
    return pa.RecordBatch.from_arrays(columns, schema=BESIDE)
