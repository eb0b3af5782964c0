"""The slope with each score weighted by its own noise: an accuracy over few images is known less well than over many.

The variance of a score is that between concepts of one frequency plus the binomial variance p (1 - p) / n of n images.
The first is what the residuals of the unweighted line have beyond the second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.estimate import Estimate
from jobs.analysis.slopes import SLOPE, pooled_line, slope_within_sets

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def weighted_slope(x: Floats, y: Floats, set_of: Integers, samples: Sequence[int | None] | None) -> Estimate | None:
    """The slope of scores y between 0 and 1 (n,), each a share of `samples` (n,), with an intercept for each set.

    The interval is over sets, or over points if there is one set. None if some numbers of samples are not known, a
    score is no share, or x varies in no set.
    """
    if samples is None or any(not number for number in samples) or y.min() < 0 or y.max() > 1:
        return None
    n = np.asarray(samples, np.float64)
    # The estimate of Agresti and Coull (1998) has two successes and two failures more: a score of 0 or 1 has noise too.
    p = (y * n + 2) / (n + 4)
    noise = p * (1 - p) / n
    return _slope(x, y, set_of, 1 / (_variance_of_concepts(x, y, set_of, noise) + noise))


def _variance_of_concepts(x: Floats, y: Floats, set_of: Integers, noise: Floats) -> float:
    """The variance of true scores of one frequency: that of the residuals within sets beyond the mean noise."""
    slope = _slope(x, y, set_of, np.ones_like(x))
    if slope is None:
        return 0.0
    left = y - slope.value * x
    sizes = np.bincount(set_of)
    left = left - (np.bincount(set_of, weights=left) / sizes)[set_of]
    freedom = x.size - sizes.size - 1
    return max(0.0, float(left @ left) / freedom - float(noise.mean())) if freedom > 0 else 0.0


def _slope(x: Floats, y: Floats, set_of: Integers, weights: Floats) -> Estimate | None:
    if set_of.max() == 0:
        return pooled_line(x, y, np.arange(x.size), weights).estimate(SLOPE)
    return slope_within_sets(x, y, set_of, weights)
