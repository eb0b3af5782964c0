"""The slope of a line over points in sets: of all points as one pool, and within sets.

Downstream sets differ both in difficulty and in frequency. So a pooled slope mixes two effects: rare sets are hard, and
rare concepts within a set are hard. The slope within sets gives each set its own intercept (a fixed effect). Intervals
over sets treat each set as one cluster: they tell what another choice of sets would have given.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.cluster_robust import ClusteredFit, clustered_fit, sums
from jobs.analysis.estimate import Estimate
from jobs.analysis.line import fit_line

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The fewest sets whose interval holds the truth often enough (docs/benchmarks/intervals.md).
LEAST_SETS = 2
# Of the coefficients of a line, intercept and slope.
SLOPE = np.array([0.0, 1.0])


class SetMoments(NamedTuple):
    """Per set the weighted sums of products of its points around their means, and their number: each (sets,)."""

    xx: Floats
    xy: Floats
    yy: Floats
    points: Floats


class Components(NamedTuple):
    """The variances of a mixed model: of single points, and of the sets' slopes."""

    points: float
    slopes: float


def pooled_line(x: Floats, y: Floats, cluster_of: Integers, weights: Floats | None = None) -> ClusteredFit:
    """Intercept and slope over all points (n,) as one pool, with clusters numbered from 0; x must vary.

    With names as clusters the intervals tell what other concepts of the same sets would have given. There is none over
    sets: none that was tried holds if rare sets are hard, not even over 18. `weights` (n,): the inverse of the
    variances of the points, up to a factor.
    """
    columns = np.stack([np.ones_like(x), x])
    if weights is None:
        line = fit_line(x, y)
        coefficients = np.array([line.intercept, line.slope])
    else:
        columns, y = np.sqrt(weights) * columns, np.sqrt(weights) * y
        coefficients = np.linalg.lstsq(columns.T, y)[0]
    return clustered_fit(columns, y, cluster_of, coefficients)


def slope_within_sets(x: Floats, y: Floats, set_of: Integers, weights: Floats | None = None) -> Estimate | None:
    """The slope with an intercept for each set, over points (n,), with its interval over sets numbered from 0.

    None if x varies in no set. No interval if it varies in fewer than `LEAST_SETS`. `weights` (n,): the inverse of the
    variances of the points, up to a factor.
    """
    moments = set_moments(x, y, set_of, np.ones_like(x) if weights is None else weights)
    varied = moments.xx > 1e-12 * moments.xx.sum()
    if not varied.any():
        return None
    slope = moments.xy.sum() / moments.xx.sum()
    if varied.sum() < LEAST_SETS:
        return Estimate(float(slope))
    variance = variance_components(moments)
    xx, xy = moments.xx[varied], moments.xy[varied]
    fit = ClusteredFit(
        coefficients=np.array([slope]),
        squares=xx[:, None, None],
        scores=(xy - slope * xx)[:, None],
        covariance=(variance.points * xx + variance.slopes * xx**2)[:, None, None],
    )
    return fit.estimate(np.ones(1))


def set_moments(x: Floats, y: Floats, set_of: Integers, weights: Floats) -> SetMoments:
    """The sums of each set, numbered from 0, over points (n,) with weights (n,)."""
    weight = sums(weights, set_of)
    mean_x, mean_y = sums(weights * x, set_of) / weight, sums(weights * y, set_of) / weight
    dx, dy = x - mean_x[set_of], y - mean_y[set_of]
    products = (sums(weights * dx * dx, set_of), sums(weights * dx * dy, set_of), sums(weights * dy * dy, set_of))
    return SetMoments(*products, sums(np.ones_like(x), set_of))


def variance_components(sets: SetMoments) -> Components:
    """Moment estimators: of single points from what each set's own line leaves, of sets as DerSimonian and Laird.

    R. DerSimonian and N. Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7 (1986).
    """
    varied = sets.xx > 1e-12 * sets.xx.sum()
    left = sets.yy - np.divide(sets.xy**2, sets.xx, out=np.zeros_like(sets.xx), where=varied)
    freedom = sets.points.sum() - sets.points.size - varied.sum()
    points = max(0.0, float(left.sum() / freedom)) if freedom > 0 else 0.0
    if not points or not varied.any():
        return Components(1.0, 0.0)
    return Components(points, _between(sets.xy[varied] / sets.xx[varied], points / sets.xx[varied]))


def _between(values: Floats, variances: Floats) -> float:
    """The variance of true values, of which `values` (m,) are measured with these variances."""
    weights = 1 / variances
    mean = np.average(values, weights=weights)
    left = weights.sum() - (weights**2).sum() / weights.sum()
    excess = float((weights * (values - mean) ** 2).sum()) - (values.size - 1)
    return max(0.0, excess / left) if left > 0 else 0.0
