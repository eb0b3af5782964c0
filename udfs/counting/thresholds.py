"""Applies thresholds: turns the candidates that text or tags give into the concepts that each sample holds.

Text, tags and joined halves all take this form. A concept is its index in the run's list of concepts; a sample is its
row in the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from udfs.counting.arrays import Flags, Integers, distinct

ScoreType = Literal["float32", "float16"]


@dataclass(frozen=True)
class Held:
    """Pairs of a row and a concept that it holds, coded as row * concepts + concept; none twice, in any order.

    `usable` has one flag per row: whether it could be searched at all. `concepts` is the number of concepts.
    """

    usable: Flags
    concepts: int
    pairs: Integers

    def split(self) -> tuple[Integers, Integers]:
        """The pairs as rows and concepts."""
        rows = self.pairs // max(1, self.concepts)
        return rows, self.pairs - rows * self.concepts

    def both(self, other: Held) -> Held:
        """The pairs that both have."""
        common = np.intersect1d(self.pairs, other.pairs, assume_unique=True)
        return Held(self.usable & other.usable, self.concepts, common)

    def among(self, wanted: Flags) -> Held:
        """The pairs whose concept `wanted` marks; it has one flag per concept."""
        return Held(self.usable, self.concepts, self.pairs[wanted[self.split()[1]]])

    def any(self) -> Flags:
        """For each row, whether it holds any concept."""
        found = np.zeros(len(self.usable), bool)
        found[self.split()[0]] = True
        return found


@dataclass(frozen=True)
class Candidates:
    """Pairs of a row and a concept found in it, before a threshold is applied; in any order.

    scores: one per pair if a tagger found them. A pair may then occur twice, because several labels may stand for one
    concept. None for text, whose candidates need no threshold.
    """

    usable: Flags
    rows: Integers
    numbers: Integers
    scores: npt.NDArray[np.floating[Any]] | None = None

    def held(self, concepts: int, threshold: float | None = None, score_type: ScoreType = "float32") -> Held:
        """The concepts that usable rows hold. Scores must be strictly above the threshold, both as `score_type`."""
        kept = self.usable[self.rows]
        if self.scores is None or threshold is None:
            return Held(self.usable, concepts, self.rows[kept] * concepts + self.numbers[kept])
        kept &= self.scores.astype(score_type) > np.dtype(score_type).type(threshold)
        return Held(self.usable, concepts, distinct(self.rows[kept] * concepts + self.numbers[kept]))

    def lists(self) -> tuple[pa.ListArray, pa.ListArray | None]:
        """One list of concepts per row, and their scores in the same order."""
        order = np.argsort(self.rows, kind="stable")
        ends = np.cumsum(np.bincount(self.rows, minlength=len(self.usable)))
        starts = pa.array(np.concatenate([[0], ends]), pa.int32())
        concepts = pa.ListArray.from_arrays(starts, pa.array(self.numbers[order], pa.int32()))
        if self.scores is None:
            return concepts, None
        return concepts, pa.ListArray.from_arrays(starts, pa.array(self.scores[order], pa.float32()))
