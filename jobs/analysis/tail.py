"""The long tail of concept frequencies: as a curve (arXiv 2404.04125, sec. 5), and how unequal they are in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Frequencies below which a concept counts as rare, in samples.
RARE: Final = (10, 100, 1_000)


@dataclass(frozen=True)
class Tail:
    """`order` (m,): the concepts that occur, the most frequent first; `share` (m,): their frequency / the largest."""

    order: NDArray[np.int64]
    share: NDArray[np.float64]
    zeros: int


def long_tail(frequency: ArrayLike) -> Tail:
    """Sort frequencies (n,) in samples, equal ones by position; the tail is empty if all are 0."""
    counts = np.asarray(frequency, np.float64)
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0].astype(np.int64)
    share = counts[order] / counts[order[0]] if order.size else np.empty(0)
    return Tail(order, share, int(counts.size - order.size))


def rank_curve(frequency: ArrayLike, points: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ranks and frequencies (m,) of at most about `points` concepts out of (n,), the most frequent first.

    The ranks are evenly spaced on a logarithmic axis; the first and the last are among them.
    """
    counts = np.sort(np.asarray(frequency, np.int64))[::-1]
    if counts.size <= points:
        return np.arange(1, counts.size + 1), counts
    ranks = np.unique(np.geomspace(1, counts.size, points).round().astype(np.int64))
    return ranks, counts[ranks - 1]


@dataclass(frozen=True)
class Inequality:
    """How unequal n frequencies are: the number of zeros, and the shares of those below each of RARE, zeros among them.

    gini: 0 if all are equal, towards 1 if one concept has all; None if all are 0.
    """

    concepts: int
    zeros: int
    below: tuple[float, ...]
    gini: float | None


def inequality(frequency: ArrayLike) -> Inequality:
    """Describe frequencies (n,) in samples; raises ValueError if there is none."""
    counts = np.sort(np.asarray(frequency, np.float64))
    if not counts.size:
        raise ValueError("there is no frequency")
    below = tuple(float(np.searchsorted(counts, limit) / counts.size) for limit in RARE)
    return Inequality(counts.size, int(np.searchsorted(counts, 1)), below, _gini(counts))


def tail_share(frequency: ArrayLike, rare: NDArray[np.bool_]) -> float | None:
    """The share of all matches of a sample and a concept that those of rare concepts are; `rare` (n,) flags these.

    None if all frequencies (n,) are 0.
    """
    counts = np.asarray(frequency, np.float64)
    return float(counts[rare].sum() / counts.sum()) if counts.any() else None


def _gini(ascending: NDArray[np.float64]) -> float | None:
    """Half of the mean difference of two frequencies, as a share of their mean (Gini 1912)."""
    total, n = ascending.sum(), ascending.size
    if not total:
        return None
    ranks = np.arange(1, n + 1)
    return float(2 * (ranks @ ascending) / (n * total) - (n + 1) / n)
