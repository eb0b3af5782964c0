"""Equal-width bins of the logarithm of frequency, and the mean score in each.

This follows the published code of arXiv 2404.04125: a bin is identified by its upper edge, and its right side is
closed. The first bin therefore holds exactly the concepts at the lowest frequency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Bin:
    """One bin as it is drawn and tabulated; `mean` is None if it holds no concept."""

    edge: float
    """Upper edge, in ln(frequency)."""
    frequency: float
    """The same edge as a frequency."""
    concepts: int
    mean: float | None
    used: bool
    """Whether the protocol's r includes this bin."""


def equal_width_edges(x: Floats, edges: int) -> Floats:
    """`edges` equally spaced values from the lowest to the highest x: shape (edges,)."""
    low, high = float(x.min()), float(x.max())
    if low == high:
        raise ValueError(
            f"all {x.size} concepts have the same frequency ({np.exp(low):.6g}): no bins can be laid over one point"
        )
    return np.linspace(low, high, edges)


def assign(x: Floats, edges: Floats) -> Integers:
    """The bin of each x: bin i has edges[i-1] < x <= edges[i], bin 0 has x = edges[0]."""
    return np.digitize(x, edges, right=True).astype(np.int64)


def counts_and_means(score: Floats, bin_of: Integers, bins: int) -> tuple[Integers, Floats]:
    """Concepts per bin and their mean score, both of shape (bins,); the mean of an empty bin is NaN."""
    counts = np.bincount(bin_of, minlength=bins).astype(np.int64)
    sums = np.bincount(bin_of, weights=score, minlength=bins)
    means = np.full(bins, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return counts, means
