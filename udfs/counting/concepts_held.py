"""The concepts that each sample of a shard holds by a search, with their scores: counting turned round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from udfs.counting.arrays import find
from udfs.counting.laid_out import LaidOut
from udfs.counting.searches import Searches
from udfs.counting.sets import Sets

# The pairs of a sample and a concept that it holds, of one shard: samples ascend by their ordinals, and the concepts of
# a sample, by their numbers, come best first. Scores are null for text. A large shard has several rows.
CONCEPTS_HELD: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("ordinals", pa.list_(pa.int32())),
        ("numbers", pa.list_(pa.int32())),
        ("scores", pa.list_(pa.float32())),
    ]
)


@dataclass(frozen=True, eq=False)
class ConceptsHeldTask:
    """Turns what was found in a stretch of shards (FOUND) into rows of CONCEPTS_HELD under `search`.

    `searches` has no more than one threshold.
    """

    searches: Searches
    search: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for window in LaidOut.of(batches).windows():
            concepts = next(self.searches.held_by(self.search, window)).held.concepts
            scores = None if self.search == "text" else _scores(concepts, self.searches.scores(window))
            yield _by_shard(window, concepts, scores)


def _scores(concepts: Sets, scored: Sets) -> npt.NDArray[np.float32]:
    """The score of each (concept, sample) pair; NaN for one without a score."""
    assert scored.scores is not None
    scores = np.full(len(concepts.codes), np.nan, np.float32)
    there, places = find(scored.codes, concepts.codes)
    scores[there] = scored.scores[places]
    return scores


def _by_shard(window: LaidOut, concepts: Sets, scores: npt.NDArray[np.float32] | None) -> pa.RecordBatch:
    places = window.places
    number, sample = concepts.split()
    keys: tuple[npt.NDArray[Any], ...] = (number, sample) if scores is None else (number, -scores, sample)
    order = np.lexsort(keys)
    shard = places.shard_of[sample[order]]
    lengths = np.bincount(shard, minlength=len(places.shards))
    held = np.flatnonzero(lengths)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths[held])]), pa.int32())
    ordinals = (sample[order] - places.firsts[shard]).astype(np.int32)
    lists = [
        pa.ListArray.from_arrays(offsets, pa.array(values))
        for values in (ordinals, number[order].astype(np.int32), *([] if scores is None else [scores[order]]))
    ]
    if scores is None:
        lists.append(pa.nulls(len(held), CONCEPTS_HELD.field("scores").type))
    shards = pa.array(places.shards, pa.string()).take(pa.array(held))
    return pa.RecordBatch.from_arrays([shards, *lists], schema=CONCEPTS_HELD)
