"""Pearson's r, with weights if a protocol asks for them, its two-sided p value, and Spearman's rank correlation.

r is computed here because scipy's knows no weights. scipy takes two seconds to import: it is imported when it is used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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


def p_value(r: float, n: int) -> float:
    """The two-sided p value of r between n points under no correlation (exact for normal points).

    r follows a symmetric beta distribution on [-1, 1] with both shapes n/2 - 1 (Student 1908).
    """
    from scipy.stats import beta

    shape = n / 2 - 1
    return float(2 * beta.sf(abs(r), shape, shape, loc=-1, scale=2))
