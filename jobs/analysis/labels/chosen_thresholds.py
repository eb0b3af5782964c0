"""The threshold of scores that suits each concept, by how many of the pairs above it are expected to be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class ThresholdChoices:
    """The candidates for n concepts: pairs `found` above each of m thresholds, of which `right` are right.

    found, right: shape (n, m), by ascending threshold. whole (n,): the right pairs, found or not.
    """

    found: Counts
    right: Floats
    whole: Floats

    @property
    def precision(self) -> Floats:
        """Shape (n, m); 1 if nothing is found."""
        return np.where(self.found > 0, self.right / np.maximum(self.found, 1), 1.0)

    @property
    def recall(self) -> Floats:
        """Shape (n, m); 0 if there is nothing to find."""
        whole = self.whole[:, None]
        return np.where(whole > 0, self.right / np.maximum(whole, 1e-12), 0.0)

    @property
    def f1(self) -> Floats:
        """The harmonic mean of both: shape (n, m)."""
        both = self.found + self.whole[:, None]
        return np.where(both > 0, 2 * self.right / np.maximum(both, 1e-12), 0.0)

    def best(self, least_precision: float | None = None) -> NDArray[np.int64]:
        """The place (n,) of each concept's threshold: that of the highest F1, the higher one of two that are as good.

        least_precision: the lowest threshold with at least this precision instead; -1 if no threshold that finds
        something has it.
        """
        if least_precision is None:
            last = self.f1.shape[1] - 1
            return last - np.argmax(self.f1[:, ::-1], axis=1)
        enough = (self.precision >= least_precision) & (self.found > 0)
        return np.where(enough.any(axis=1), np.argmax(enough, axis=1), -1)
