"""Shares a number of draws out over groups of very different sizes, so that small groups are not forgotten."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def level(sizes: ArrayLike, draws: float) -> float:
    """The level at which min(size, level) sums to `draws` over the sizes (n,): each group gives as many, or all it has.

    Infinite if the sizes sum to no more than `draws`.
    """
    ascending = np.sort(np.asarray(sizes, np.float64).ravel())
    if ascending.sum() <= draws:
        return float("inf")
    # What is left for each group if it and all larger ones give alike, and the smaller ones everything.
    before = np.cumsum(ascending) - ascending
    alike = (draws - before) / np.arange(len(ascending), 0, -1)
    return float(alike[np.flatnonzero(alike <= ascending)[0]])


def chances(sizes: ArrayLike, draws: float) -> Floats:
    """The chance of each member of groups of these sizes (n,) to be drawn, if each group gives as many; 1 of none."""
    counts = np.asarray(sizes, np.float64)
    found: Floats = np.minimum(1.0, level(counts, draws) / np.maximum(counts, 1))
    return found
