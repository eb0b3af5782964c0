"""The two halves of a sample, its text and its image, as they are stored, and what each holds of the concepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Flags, Integers, row_of_each
from udfs.counting.codebooks import Codebook
from udfs.counting.thresholds import Found
from udfs.statuses import USABLE


class BatchMatcher(Protocol):
    """What is asked which queries captions hold, in whatever mode."""

    def match_batch(self, keys: pa.ListArray, positions: pa.ListArray | None) -> tuple[Integers, Integers]:
        """Every (row, index of a query), none twice; a null list holds nothing."""


class Finder(Protocol):
    """Finds the concepts of a batch's rows."""

    def find(self, batch: pa.RecordBatch) -> Found:
        """What the rows hold by this half."""


class TextHalf:
    """Rows of caption terms, `status`, `keys` and, for a phrase, `positions`; query i asks for concept i."""

    def __init__(self, matcher: BatchMatcher) -> None:
        self._matcher = matcher

    def find(self, batch: pa.RecordBatch) -> Found:
        """The concepts whose query a row's caption holds."""
        positions = batch["positions"] if "positions" in batch.schema.names else None
        rows, numbers = self._matcher.match_batch(batch["keys"], positions)
        return Found(_usable(batch), rows, numbers)


class ImageHalf:
    """Rows of image features, `status` and `tags`; labels name the concepts that each of them stands for."""

    def __init__(self, labels: Mapping[str, Sequence[int]]) -> None:
        self._concepts_of_label = Codebook(labels)

    def find(self, batch: pa.RecordBatch) -> Found:
        """The concepts that a row's tags stand for, with the tags' scores."""
        tags = batch["tags"].flatten()
        places, numbers = self._concepts_of_label.find(pc.struct_field(tags, "label"))
        scores = pc.struct_field(tags, "score").to_numpy(zero_copy_only=False)
        return Found(_usable(batch), row_of_each(batch["tags"])[places], numbers, scores[places])


class JoinedHalf:
    """Rows that hold a half as lists of concepts already, in `lists`, with their scores in `scores` where it has any.

    A row whose list is null has no such half, or none that is usable.
    """

    def __init__(self, lists: str, scores: str | None = None) -> None:
        self._lists = lists
        self._scores = scores

    def find(self, batch: pa.RecordBatch) -> Found:
        """The lists as they are."""
        lists = batch[self._lists]
        usable = lists.is_valid().to_numpy(zero_copy_only=False)
        scores = batch[self._scores].flatten().to_numpy(zero_copy_only=False) if self._scores else None
        return Found(usable, row_of_each(lists), lists.flatten().to_numpy().astype(np.int64), scores)


def _usable(batch: pa.RecordBatch) -> Flags:
    status = batch["status"]
    coded = status if pa.types.is_dictionary(status.type) else status.dictionary_encode()
    known = np.array([name in USABLE for name in coded.dictionary.to_pylist()], bool)
    usable: Flags = known[coded.indices.to_numpy()]
    return usable
