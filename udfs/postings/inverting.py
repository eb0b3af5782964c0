"""Turns stored keys round: from the keys of each sample to the samples that hold each key.

A key is a noun, word or token of a caption, or a label of an image. The row without a key has every sample that could
be searched at all. All occurrences of a stretch of shards are sorted at once, as numbers: the key's place among the
sorted keys, and the sample's place among the sorted shards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Integers, changes, coded, distinct, highest, row_of_each, usable_rows
from udfs.counting.sets import Places
from udfs.schemas import POSTINGS

# The most rows and ordinals of a batch; a single row may have more ordinals.
ROWS: Final = 1 << 14
ORDINALS: Final = 1 << 21
# A task inverts about so many occurrences at a time: a million captions, in some 400 MB.
OCCURRENCES: Final = 1 << 23

Scores = npt.NDArray[np.float32]


class Keys(NamedTuple):
    """The keys of a batch: the row of each, the keys as strings, dictionary-encoded or not, and scores of tags."""

    rows: Integers
    names: pa.Array
    scores: Scores | None


class KeyReader(Protocol):
    """Reads the keys of stored rows."""

    def __call__(self, batch: pa.RecordBatch) -> Keys:
        """The keys of a batch; a null list has none."""
        ...


def caption_keys(batch: pa.RecordBatch) -> Keys:
    """The keys of caption terms."""
    return Keys(row_of_each(batch["keys"]), batch["keys"].flatten(), None)


def tag_keys(batch: pa.RecordBatch) -> Keys:
    """The labels of image features, with their scores."""
    tags = batch["tags"].flatten()
    scores = pc.struct_field(tags, "score").to_numpy(zero_copy_only=False)
    return Keys(row_of_each(batch["tags"]), pc.struct_field(tags, "label"), scores)


@dataclass(frozen=True)
class InvertTask:
    """Turns the stored rows of a stretch of shards into POSTINGS, sorted by key and shard; no key
    comes first.

    The input has every row of the stretch, with `shard`, `ordinal`, `status` and what `read` reads. Only usable rows
    count. A sample has a key once, with the highest of its scores. lower: keys are put into lower case.
    """

    read: KeyReader
    lower: bool = False

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found, part = _Occurrences(self.lower), 0
        for batch in batches:
            found.add(batch, self.read(batch))
            if found.count >= OCCURRENCES:
                yield from found.postings(part)
                found, part = _Occurrences(self.lower), part + 1
        if found.count:
            yield from found.postings(part)


@dataclass
class _Occurrences:
    """Every occurrence of a key in a usable sample, in the order of discovery; shards and keys are numbers."""

    lower: bool
    scored: bool = False
    shards: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    # Shard, ordinal, key (-1: none), score (0 without scores).
    parts: list[tuple[Integers, Integers, Integers, Scores]] = field(default_factory=list)

    def add(self, batch: pa.RecordBatch, keys: Keys) -> None:
        """Add the usable rows of a batch."""
        self.scored = keys.scores is not None
        usable = usable_rows(batch)
        shards, ordinals = _numbered(batch["shard"], self.shards), batch["ordinal"].to_numpy().astype(np.int32)
        searched = np.flatnonzero(usable)
        nothing = np.full(len(searched), -1, np.int32)
        self.parts.append((shards[searched], ordinals[searched], nothing, np.zeros(len(searched), np.float32)))
        kept = usable[keys.rows]
        rows, numbers = keys.rows[kept], _numbered(keys.names, self.keys, self.lower)[kept]
        scores = np.zeros(len(rows), np.float32) if keys.scores is None else keys.scores[kept]
        self.parts.append((shards[rows], ordinals[rows], numbers, scores))

    @property
    def count(self) -> int:
        """The number of occurrences, those of no key included."""
        return sum(len(shard) for shard, *_ in self.parts)

    def postings(self, part: int) -> Iterator[pa.RecordBatch]:
        """The rows of POSTINGS, in batches of at most ROWS rows and about ORDINALS ordinals."""
        shard, ordinal, key, score = (np.concatenate(column) for column in zip(*self.parts, strict=True))
        self.parts.clear()
        shard_names, shard_places = _sorted(self.shards)
        key_names, key_places = _sorted(self.keys)
        shard = shard_places[shard]
        places = Places.of(shard_names, shard, ordinal)
        firsts, samples = places.firsts, places.samples
        # The last place is that of no key, whose number is -1.
        codes = np.append(key_places + 1, 0)[key] * samples + firsts[shard] + ordinal
        codes, scores = highest(codes, score) if self.scored else (distinct(codes), None)
        key = codes // samples
        sample = codes - key * samples
        shard = places.shard_of[sample]
        starts = np.flatnonzero(changes(key * len(shard_names) + shard))
        names = pa.array([None, *key_names], pa.string()).take(pa.array(key[starts]))
        of_shards = pa.array(shard_names, pa.string()).take(pa.array(shard[starts]))
        ordinal = (sample - firsts[shard]).astype(np.int32)
        yield from _batches(part, names, of_shards, np.append(starts, len(codes)), ordinal, scores)


def _numbered(names: pa.Array, numbers: dict[str, int], lower: bool = False) -> Integers:
    """The number of each name, none of them null; a name that `numbers` does not have gets the next one."""
    codes = coded(names)
    spelled = codes.dictionary.to_pylist()
    listed = map(str.lower, spelled) if lower else iter(spelled)
    each = np.fromiter((numbers.setdefault(name, len(numbers)) for name in listed), np.int32, len(spelled))
    return each[codes.indices.to_numpy()]


def _sorted(numbers: dict[str, int]) -> tuple[list[str], Integers]:
    """The names in ascending order, and the place of each number among them."""
    names = sorted(numbers)
    places = np.zeros(len(names), np.int64)
    places[np.fromiter(map(numbers.__getitem__, names), np.int64, len(names))] = np.arange(len(names))
    return names, places


def _batches(
    part: int, keys: pa.Array, shards: pa.Array, offsets: Integers, ordinals: Integers, scores: Scores | None
) -> Iterator[pa.RecordBatch]:
    """Rows of POSTINGS; row i holds `ordinals[offsets[i]:offsets[i + 1]]`."""
    start = 0
    while start < len(keys):
        most = int(np.searchsorted(offsets, offsets[start] + ORDINALS, side="right")) - 1
        end = max(start + 1, min(start + ROWS, most, len(keys)))
        first, last = offsets[start], offsets[end]
        of_row = pa.array(offsets[start : end + 1] - first, pa.int32())
        held = pa.ListArray.from_arrays(of_row, pa.array(ordinals[first:last], pa.int32()))
        lists = POSTINGS.field("scores").type
        scored = pa.nulls(end - start, lists)
        if scores is not None:
            scored = pa.ListArray.from_arrays(of_row, pa.array(scores[first:last], pa.float32()))
        lengths = pa.array(np.diff(offsets[start : end + 1]), pa.int64())
        columns = [
            keys[start:end],
            shards[start:end],
            pa.repeat(pa.scalar(part, pa.int32()), end - start),
            lengths,
            held,
            scored,
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=POSTINGS)
        start = end
