"""Which concepts the samples of a batch hold: the form that text, tags and both halves joined all come to.

A concept is its number in the run's list of concepts, a sample its row in the batch.
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
    """Pairs of a row and a concept that it holds, as row * concepts + concept, none twice, in any order.

    `usable` says per row whether it could be searched at all; there are `concepts` concepts.
    """

    usable: Flags
    concepts: int
    pairs: Integers

    def split(self) -> tuple[Integers, Integers]:
        """The pairs as rows and concepts."""
        rows = self.pairs // max(1, self.concepts)
        return rows, self.pairs - rows * self.concepts

    def both(self, other: Held) -> Held:
        """What is held here and there."""
        common = np.intersect1d(self.pairs, other.pairs, assume_unique=True)
        return Held(self.usable & other.usable, self.concepts, common)

    def among(self, wanted: Flags) -> Held:
        """What is held of the concepts that `wanted` marks, one flag a concept."""
        return Held(self.usable, self.concepts, self.pairs[wanted[self.split()[1]]])

    def any(self) -> Flags:
        """Per row, whether it holds a concept."""
        found = np.zeros(len(self.usable), bool)
        found[self.split()[0]] = True
        return found


@dataclass(frozen=True)
class Candidates:
    """Pairs of a row and a concept found in it, in any order.

    scores: of each pair, where a tagger found it; a pair may then come twice, as several labels may stand for one
    concept. None in text, where whatever is found is held.
    """

    usable: Flags
    rows: Integers
    numbers: Integers
    scores: npt.NDArray[np.floating[Any]] | None = None

    def held(self, concepts: int, threshold: float | None = None, score_type: ScoreType = "float32") -> Held:
        """What usable rows hold: where there are scores, strictly above the threshold, both rounded to `score_type`."""
        kept = self.usable[self.rows]
        if self.scores is None or threshold is None:
            return Held(self.usable, concepts, self.rows[kept] * concepts + self.numbers[kept])
        kept &= self.scores.astype(score_type) > np.dtype(score_type).type(threshold)
        return Held(self.usable, concepts, distinct(self.rows[kept] * concepts + self.numbers[kept]))

    def lists(self) -> tuple[pa.ListArray, pa.ListArray | None]:
        """The concepts of each row as one list a row, and their scores in the same order."""
        order = np.argsort(self.rows, kind="stable")
        ends = np.cumsum(np.bincount(self.rows, minlength=len(self.usable)))
        starts = pa.array(np.concatenate([[0], ends]), pa.int32())
        concepts = pa.ListArray.from_arrays(starts, pa.array(self.numbers[order], pa.int32()))
        if self.scores is None:
            return concepts, None
        return concepts, pa.ListArray.from_arrays(starts, pa.array(self.scores[order], pa.float32()))
