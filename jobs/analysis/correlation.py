"""Pearson's r, with weights if a protocol asks for them, its two-sided p value, Spearman's rank correlation, and the
intervals of both over clusters of points.

r is computed here because scipy's knows no weights. scipy takes two seconds to import: it is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.estimate import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def pearson(x: Floats, y: Floats, weights: Floats | None = None) -> float | None:
    """r between x and y, each of shape (n,); None below three points, or if x or y does not vary.

    `weights` (n,) give the correlation of weighted means and products.
    """
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    dx, dy = x - np.average(x, weights=weights), y - np.average(y, weights=weights)
    w = np.ones_like(x) if weights is None else weights
    scale = np.sqrt(np.sum(w * dx * dx) * np.sum(w * dy * dy))
    # Rounding can carry a perfect correlation past 1 by one unit in the last place.
    return float(np.clip(np.sum(w * dx * dy) / scale, -1.0, 1.0)) if scale > 0 else None


def spearman(x: Floats, y: Floats) -> float | None:
    """The rank correlation of x and y, each of shape (n,); equal values share their mean rank. None as in `pearson`."""
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    from scipy.stats import spearmanr

    return float(spearmanr(x, y).statistic)


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """p values adjusted for being several: among those below 0.05 at most 5 % are expected to be chance.

    The procedure of Benjamini and Yekutieli (2001), which holds for tests that depend on each other in any way: fits of
    several models to one corpus share their frequencies. A value that is None stays so, and is not counted.
    """
    known = [p for p in p_values if p is not None]
    if not known:
        return list(p_values)
    from scipy.stats import false_discovery_control

    raised = iter(false_discovery_control(known, method="by"))
    return [None if p is None else float(next(raised)) for p in p_values]


def p_value(r: float, n: int) -> float:
    """The two-sided p value of r between n points under no correlation (exact for normal points).

    r follows a symmetric beta distribution on [-1, 1] with both shapes n/2 - 1 (Student 1908).
    """
    from scipy.stats import beta

    shape = n / 2 - 1
    return float(2 * beta.sf(abs(r), shape, shape, loc=-1, scale=2))


def pearson_interval(x: Floats, y: Floats, cluster_of: Integers) -> Estimate | None:
    """r between x and y, each of shape (n,), with its interval over clusters, which are numbered from 0.

    The interval is the delete-one-cluster jackknife of Fisher's z, with Student's t (Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993, chapter 11): unlike Fisher's own it holds if the scatter depends on x. None as
    in `pearson`; no interval if r is not defined without one of the clusters.
    """
    r = pearson(x, y)
    if r is None:
        return None
    from scipy.stats import t

    dx, dy = x - x.mean(), y - y.mean()
    columns = (np.ones_like(x), dx, dy, dx * dx, dy * dy, dx * dy)
    sums = np.stack([np.bincount(cluster_of, weights=column) for column in columns])
    n, sx, sy, xx, yy, xy = sums.sum(1, keepdims=True) - sums
    squares = (xx - sx * sx / np.maximum(n, 1)) * (yy - sy * sy / np.maximum(n, 1))
    clusters = sums.shape[1]
    # Relative to all points, because without a cluster that alone varies only rounding is left.
    if clusters < 3 or not (squares > 1e-18 * (dx @ dx) * (dy @ dy)).all() or abs(r) >= 1:
        return Estimate(r)
    left_out = np.clip((xy - sx * sy / n) / np.sqrt(squares), -1 + 1e-12, 1 - 1e-12)
    z = np.arctanh(r)
    error = np.sqrt((clusters - 1) / clusters * np.sum((np.arctanh(left_out) - z) ** 2))
    reach = t.ppf((1 + CONFIDENCE) / 2, clusters - 1) * error
    return Estimate(r, float(np.tanh(z - reach)), float(np.tanh(z + reach)))


def spearman_interval(x: Floats, y: Floats, cluster_of: Integers) -> Estimate | None:
    """The rank correlation with its interval over clusters, as `pearson_interval` of the ranks among all points."""
    from scipy.stats import rankdata

    return pearson_interval(rankdata(x), rankdata(y), cluster_of)
