"""What a count finds among stored rows: for each shard, the samples that hold what a number stands for.

A number stands for a term of the queries or, where no terms are needed, for a concept itself. The number SEARCHED
stands for every sample that could be searched. Rows of postings answer terms and labels. Captions themselves are read
for substrings, and for the positions of a phrase's terms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Integers, changes, coded, row_of_each, usable_rows
from udfs.counting.codebooks import Codebook

SEARCHED: Final = -1

# What was counted of a shard before, under one search and threshold: columns of udfs.counting.per_shard.COUNTS.
COUNTED: Final = pa.struct(
    [
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("found_samples", pa.binary()),
        ("concepts", pa.list_(pa.string())),
        ("counts", pa.list_(pa.int64())),
    ]
)
# `kind`: text, image, places (those of terms in captions), group (that of each sample: udfs.counting.groups), counted,
# attribute, or noun and tag (udfs.counting.beside). `ordinals` ascend; `scores` of labels, `places` of terms and
# `groups` of samples are in their order. `key` is that of an attribute, noun or tag: no number stands for it, nor for
# what was `counted`.
FOUND: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("kind", pa.string()),
        ("number", pa.int32()),
        ("ordinals", pa.list_(pa.int32())),
        ("scores", pa.list_(pa.float32())),
        ("places", pa.list_(pa.int32())),
        ("groups", pa.list_(pa.int64())),
        ("key", pa.string()),
        ("counted", COUNTED),
    ]
)


class Substrings(Protocol):
    """Finds entries in texts (udfs.text.substrings)."""

    def match_batch(self, keys: pa.ListArray) -> tuple[Integers, Integers]:
        """Every (row, number of an entry that its text holds) pair."""
        ...


class InPostings:
    """Reads postings: `key`, `shard`, `ordinals` and, for images, `scores`. numbers: those of each key."""

    def __init__(self, kind: str, numbers: Codebook) -> None:
        self._kind = kind
        self._numbers = numbers

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows, numbers = self._numbers.find(batch["key"])
            searched = np.flatnonzero(batch["key"].is_null().to_numpy(zero_copy_only=False))
            taken = pa.array(np.concatenate([searched, rows]))
            number = np.concatenate([np.full(len(searched), SEARCHED), numbers])
            scores = {"scores": batch["scores"].take(taken)} if self._kind == "image" else {}
            shards = batch["shard"].cast(pa.string()).take(taken)
            yield _found(shards, self._kind, number, batch["ordinals"].take(taken), **scores)


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
            yield gathered(batch, "text", rows, numbers)


class InPositions:
    """Reads caption terms with `positions`: where the terms of phrases stand. numbers: the terms of each key."""

    def __init__(self, numbers: Codebook) -> None:
        self._numbers = numbers

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            at, numbers = self._numbers.find(batch["keys"].flatten(), lower=True)
            rows = row_of_each(batch["keys"])[at]
            kept = usable_rows(batch)[rows]
            places = batch["positions"].flatten().to_numpy()[at]
            yield gathered(batch, "places", rows[kept], numbers[kept], places=places[kept])


@dataclass(frozen=True)
class InKeys:
    """Reads postings by their keys themselves, for which no number stands: `key`, `shard`, `ordinals` and `scores`.

    only: these keys, and the rows of all samples that could be searched; None: every row.
    """

    kind: str
    only: Collection[str] | None = None

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            key = batch["key"].cast(pa.string())
            if self.only is not None:
                # A null is no member, unless null is a value of the set.
                kept = pc.is_in(key, pa.array([None, *self.only], pa.string()))
                batch, key = batch.filter(kept), key.filter(kept)
            number = np.full(len(key), SEARCHED)
            shards = batch["shard"].cast(pa.string())
            yield _found(shards, self.kind, number, batch["ordinals"], key=key, scores=batch["scores"])


def in_attributes(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read postings of an attribute: `key`, `shard` and `ordinals`."""
    for batch in batches:
        rows = batch.filter(batch["key"].is_valid())
        key, shards = (rows[name].cast(pa.string()) for name in ("key", "shard"))
        yield _found(shards, "attribute", np.full(rows.num_rows, SEARCHED), rows["ordinals"], key=key)


def in_counts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read counts of shards: `shard` and the columns of COUNTED."""
    for batch in batches:
        columns = [batch[field.name].cast(field.type) for field in COUNTED]
        counted = pa.StructArray.from_arrays(columns, fields=list(COUNTED))
        none = pa.array([[]] * batch.num_rows, FOUND.field("ordinals").type)
        number = np.full(batch.num_rows, SEARCHED)
        yield _found(batch["shard"].cast(pa.string()), "counted", number, none, counted=counted)


def gathered(batch: pa.RecordBatch, kind: str, rows: Integers, numbers: Integers, **values: Integers) -> pa.RecordBatch:
    """FOUND of (row, number) pairs: those of a shard and number share a row. values: one of each pair, by column."""
    names = coded(batch["shard"])
    shards = names.indices.to_numpy()
    ordinals = batch["ordinal"].to_numpy().astype(np.int32)
    order = np.lexsort((ordinals[rows], numbers, shards[rows]))
    rows, numbers = rows[order], numbers[order]
    groups = shards[rows] * (numbers.max(initial=0) + 2) + numbers + 1
    starts = np.flatnonzero(changes(groups))
    offsets = pa.array(np.append(starts, len(rows)), pa.int32())
    of_starts = names.dictionary.take(pa.array(shards[rows[starts]]))
    lists = {name: _lists(offsets, each[order], name) for name, each in values.items()}
    return _found(of_starts, kind, numbers[starts], _lists(offsets, ordinals[rows], "ordinals"), **lists)


def _lists(offsets: pa.Array, values: Integers, column: str) -> pa.ListArray:
    return pa.ListArray.from_arrays(offsets, pa.array(values, FOUND.field(column).type.value_type))


def _found(shards: pa.Array, kind: str, numbers: Integers, ordinals: pa.ListArray, **more: pa.Array) -> pa.RecordBatch:
    count = len(numbers)
    own = {"shard": shards, "kind": pa.repeat(kind, count), "number": pa.array(numbers, pa.int32())}
    columns = {**own, "ordinals": ordinals, **more}
    each = [columns[field.name] if field.name in columns else pa.nulls(count, field.type) for field in FOUND]
    return pa.RecordBatch.from_arrays(each, schema=FOUND)
