"""The two halves of a sample, its text and its image, as they are stored, and the concepts that each half holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Flags, Integers, row_of_each
from udfs.counting.codebooks import Codebook
from udfs.counting.thresholds import Candidates
from udfs.statuses import USABLE


class BatchMatcher(Protocol):
    """Finds the queries that captions hold; each match mode has its own matcher."""

    def match_batch(self, keys: pa.ListArray, positions: pa.ListArray | None) -> tuple[Integers, Integers]:
        """Every (row, index of a query) pair, none twice; a null list holds nothing."""


class Finder(Protocol):
    """Finds the concepts of a batch's rows."""

    def find(self, batch: pa.RecordBatch) -> Candidates:
        """The concepts that the rows hold according to this half."""


class TextHalf:
    """Reads rows of caption terms: `status`, `keys` and, for phrases, `positions`. Query i asks for concept i."""

    def __init__(self, matcher: BatchMatcher) -> None:
        self._matcher = matcher

    def find(self, batch: pa.RecordBatch) -> Candidates:
        """The concepts whose query the row's caption holds."""
        positions = batch["positions"] if "positions" in batch.schema.names else None
        rows, numbers = self._matcher.match_batch(batch["keys"], positions)
        return Candidates(_usable(batch), rows, numbers)


class ImageHalf:
    """Reads rows of image features: `status` and `tags`. `labels` maps each label to the concepts it stands for."""

    def __init__(self, labels: Mapping[str, Sequence[int]]) -> None:
        self._concepts_of_label = Codebook(labels)

    def find(self, batch: pa.RecordBatch) -> Candidates:
        """The concepts that a row's tags stand for, with the tags' scores."""
        tags = batch["tags"].flatten()
        places, numbers = self._concepts_of_label.find(pc.struct_field(tags, "label"))
        scores = pc.struct_field(tags, "score").to_numpy(zero_copy_only=False)
        return Candidates(_usable(batch), row_of_each(batch["tags"])[places], numbers, scores[places])


class JoinedHalf:
    """Reads rows in which a half is already a list of concepts: column `lists`, and `scores` if the half has scores.

    If a row's list is null, the sample has no such half, or the half is not usable.
    """

    def __init__(self, lists: str, scores: str | None = None) -> None:
        self._lists = lists
        self._scores = scores

    def find(self, batch: pa.RecordBatch) -> Candidates:
        """The concepts in the lists, unchanged."""
        lists = batch[self._lists]
        usable = lists.is_valid().to_numpy(zero_copy_only=False)
        scores = batch[self._scores].flatten().to_numpy(zero_copy_only=False) if self._scores else None
        return Candidates(usable, row_of_each(lists), lists.flatten().to_numpy().astype(np.int64), scores)


def _usable(batch: pa.RecordBatch) -> Flags:
    status = batch["status"]
    coded = status if pa.types.is_dictionary(status.type) else status.dictionary_encode()
    known = np.array([name in USABLE for name in coded.dictionary.to_pylist()], bool)
    usable: Flags = known[coded.indices.to_numpy()]
    return usable
