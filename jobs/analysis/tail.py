"""The long tail of concept frequencies: sorted, without zeros, as shares of the largest (arXiv 2404.04125, sec. 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
