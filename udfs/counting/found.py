"""What a count finds among stored rows: for each shard, the samples that hold what a number stands for.

A number stands for a term of the queries or, where no terms are needed, for a concept itself. The number SEARCHED
stands for every sample that could be searched. Rows of postings answer terms and labels. Captions themselves are read
for substrings, and for the positions of a phrase's terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pyarrow as pa

from udfs.counting.arrays import Integers, changes, coded, row_of_each, usable_rows
from udfs.counting.codebooks import Codebook

SEARCHED: Final = -1

# `kind`: text, image, places (those of terms in captions) or attribute. `ordinals` ascend; `scores` are those of
# labels, `places` those of terms, in the order of `ordinals`. `key` is that of an attribute: no number stands for it.
FOUND: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("kind", pa.string()),
        ("number", pa.int32()),
        ("ordinals", pa.list_(pa.int32())),
        ("scores", pa.list_(pa.float32())),
        ("places", pa.list_(pa.int32())),
        ("key", pa.string()),
    ]
)


class Substrings(Protocol):
    """Finds entries in texts (udfs.text.substrings)."""

    def match_batch(self, keys: pa.ListArray) -> tuple[Integers, Integers]:
        """Every (row, number of an entry that its text holds) pair."""
        ...


class InPostings:
    """Reads postings: `key`, `shard`, `ordinals` and, for images, `scores`. numbers: what each key stands for."""

    def __init__(self, kind: str, numbers: Mapping[str, Sequence[int]]) -> None:
        self._kind = kind
        self._numbers = Codebook(numbers)

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows, numbers = self._numbers.find(batch["key"])
            searched = np.flatnonzero(batch["key"].is_null().to_numpy(zero_copy_only=False))
            taken = pa.array(np.concatenate([searched, rows]))
            number = np.concatenate([np.full(len(searched), SEARCHED), numbers])
            scores = batch["scores"].take(taken) if self._kind == "image" else None
            shards = batch["shard"].cast(pa.string()).take(taken)
            yield _found(shards, self._kind, number, batch["ordinals"].take(taken), scores)


@dataclass(frozen=True)
class InTexts:
    """Reads captions that are stored as they are: `shard`, `ordinal`, `status` and `keys`, one text per row."""

    entries: Substrings

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            usable = usable_rows(batch)
            rows, numbers = self.entries.match_batch(batch["keys"])
            kept = usable[rows]
            searched = np.flatnonzero(usable)
            rows = np.concatenate([searched, rows[kept]])
            numbers = np.concatenate([np.full(len(searched), SEARCHED), numbers[kept]])
            yield _gathered(batch, "text", rows, numbers)


class InPositions:
    """Reads caption terms with `positions`: where the terms of phrases stand. numbers: the terms of each key."""

    def __init__(self, numbers: Mapping[str, Sequence[int]]) -> None:
        self._numbers = Codebook(numbers)

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            at, numbers = self._numbers.find(batch["keys"].flatten(), lower=True)
            rows = row_of_each(batch["keys"])[at]
            kept = usable_rows(batch)[rows]
            places = batch["positions"].flatten().to_numpy()[at]
            yield _gathered(batch, "places", rows[kept], numbers[kept], places[kept])


def in_attributes(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read postings of an attribute: `key`, `shard` and `ordinals`."""
    for batch in batches:
        rows = batch.filter(batch["key"].is_valid())
        keys, shards = (rows[name].cast(pa.string()) for name in ("key", "shard"))
        yield _found(shards, "attribute", np.full(rows.num_rows, SEARCHED), rows["ordinals"], keys=keys)


def _gathered(
    batch: pa.RecordBatch, kind: str, rows: Integers, numbers: Integers, places: Integers | None = None
) -> pa.RecordBatch:
    """FOUND of (row, number) pairs: those of a shard and number share a row."""
    names = coded(batch["shard"])
    shards = names.indices.to_numpy()
    ordinals = batch["ordinal"].to_numpy().astype(np.int32)
    order = np.lexsort((ordinals[rows], numbers, shards[rows]))
    rows, numbers = rows[order], numbers[order]
    groups = shards[rows] * (numbers.max(initial=0) + 2) + numbers + 1
    starts = np.flatnonzero(changes(groups))
    offsets = pa.array(np.append(starts, len(rows)), pa.int32())
    of_starts = names.dictionary.take(pa.array(shards[rows[starts]]))
    stand = None if places is None else _lists(offsets, places[order])
    return _found(of_starts, kind, numbers[starts], _lists(offsets, ordinals[rows]), places=stand)


def _lists(offsets: pa.Array, values: Integers) -> pa.ListArray:
    return pa.ListArray.from_arrays(offsets, pa.array(values, pa.int32()))


def _found(
    shards: pa.Array,
    kind: str,
    numbers: Integers,
    ordinals: pa.ListArray,
    scores: pa.ListArray | None = None,
    places: pa.ListArray | None = None,
    keys: pa.StringArray | None = None,
) -> pa.RecordBatch:
    count = len(numbers)
    more = {"scores": scores, "places": places, "key": keys}
    given = [pa.nulls(count, FOUND.field(name).type) if column is None else column for name, column in more.items()]
    columns = [shards, pa.repeat(kind, count), pa.array(numbers, pa.int32()), ordinals, *given]
    return pa.RecordBatch.from_arrays(columns, schema=FOUND)
