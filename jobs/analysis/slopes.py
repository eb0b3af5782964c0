"""The slope of a line over points in sets: of all points as one pool, and within sets.

Downstream sets differ both in difficulty and in frequency. So a pooled slope mixes two effects: rare sets are hard, and
rare concepts within a set are hard. The slope within sets gives each set its own intercept (a fixed effect). Intervals
over sets treat each set as one cluster: they tell what another choice of sets would have given.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.cluster_robust import ClusteredFit
from jobs.analysis.estimate import Estimate
from jobs.analysis.line import fit_line

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The fewest sets whose interval holds the truth often enough (docs/benchmarks/intervals.md). A pooled slope needs so
# many, because levels of sets that go with their frequency move it by more than a few sets show.
LEAST_SETS = 2
LEAST_SETS_POOLED = 17
# Of the coefficients of a line, intercept and slope.
SLOPE = np.array([0.0, 1.0])


class SetMoments(NamedTuple):
    """Per set the weight and the means of its points, and their weighted sums of products around them: each (sets,)."""

    weight: Floats
    x: Floats
    y: Floats
    xx: Floats
    xy: Floats
    yy: Floats
    points: Floats


class Components(NamedTuple):
    """The variances of a mixed model: of single points, of the sets' slopes, and of the sets' levels."""

    points: float
    slopes: float
    levels: float


def pooled_line(x: Floats, y: Floats, cluster_of: Integers, weights: Floats | None = None) -> ClusteredFit:
    """Intercept and slope over all points (n,) as one pool, with clusters numbered from 0; x must vary.

    With names as clusters the intervals tell what other concepts of the same sets would have given. `weights` (n,): the
    inverse of the variances of the points, up to a factor.
    """
    return _line(x, y, cluster_of, Components(1.0, 0.0, 0.0), weights)


def slope_over_sets(x: Floats, y: Floats, set_of: Integers) -> Estimate:
    """The slope over all points (n,) as one pool, with its interval over sets, which are numbered from 0.

    The working covariance has a level and a slope of its own for each set. No interval for fewer sets than
    `LEAST_SETS_POOLED`.
    """
    line = _line(x, y, set_of, _components(_moments(x, y, set_of, np.ones_like(x))))
    if set_of.max() + 1 < LEAST_SETS_POOLED:
        return Estimate(float(line.coefficients[1]))
    return line.estimate(SLOPE)


def slope_within_sets(x: Floats, y: Floats, set_of: Integers, weights: Floats | None = None) -> Estimate | None:
    """The slope with an intercept for each set, over points (n,), with its interval over sets numbered from 0.

    None if x varies in no set. No interval if it varies in fewer than `LEAST_SETS`. `weights` (n,): the inverse of the
    variances of the points, up to a factor.
    """
    moments = _moments(x, y, set_of, np.ones_like(x) if weights is None else weights)
    varied = moments.xx > 1e-12 * moments.xx.sum()
    if not varied.any():
        return None
    slope = moments.xy.sum() / moments.xx.sum()
    if varied.sum() < LEAST_SETS:
        return Estimate(float(slope))
    variance = _components(moments)
    xx, xy = moments.xx[varied], moments.xy[varied]
    fit = ClusteredFit(
        coefficients=np.array([slope]),
        squares=xx[:, None, None],
        scores=(xy - slope * xx)[:, None],
        covariance=(variance.points * xx + variance.slopes * xx**2)[:, None, None],
    )
    return fit.estimate(np.ones(1))


def _line(
    x: Floats, y: Floats, cluster_of: Integers, variance: Components, weights: Floats | None = None
) -> ClusteredFit:
    columns = np.stack([np.ones_like(x), x])
    if weights is None:
        line = fit_line(x, y)
        coefficients = np.array([line.intercept, line.slope])
    else:
        columns, y = np.sqrt(weights) * columns, np.sqrt(weights) * y
        coefficients = np.linalg.lstsq(columns.T, y)[0]
    squares = np.array([[_sums(one * other, cluster_of) for other in columns] for one in columns]).transpose(2, 0, 1)
    residuals = y - coefficients @ columns
    return ClusteredFit(
        coefficients=coefficients,
        squares=squares,
        scores=np.stack([_sums(one * residuals, cluster_of) for one in columns], axis=1),
        covariance=squares * variance.points + squares @ np.diag([variance.levels, variance.slopes]) @ squares,
    )


def _sums(values: Floats, cluster_of: Integers) -> Floats:
    return np.bincount(cluster_of, weights=values).astype(np.float64)


def _moments(x: Floats, y: Floats, set_of: Integers, weights: Floats) -> SetMoments:
    weight = _sums(weights, set_of)
    mean_x, mean_y = _sums(weights * x, set_of) / weight, _sums(weights * y, set_of) / weight
    dx, dy = x - mean_x[set_of], y - mean_y[set_of]
    products = (_sums(weights * dx * dx, set_of), _sums(weights * dx * dy, set_of), _sums(weights * dy * dy, set_of))
    return SetMoments(weight, mean_x, mean_y, *products, _sums(np.ones_like(x), set_of))


def _components(sets: SetMoments) -> Components:
    """Moment estimators: of single points from what each set's own line leaves, of sets as DerSimonian and Laird.

    R. DerSimonian and N. Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7 (1986).
    """
    varied = sets.xx > 1e-12 * sets.xx.sum()
    left = sets.yy - np.divide(sets.xy**2, sets.xx, out=np.zeros_like(sets.xx), where=varied)
    freedom = sets.points.sum() - sets.points.size - varied.sum()
    points = max(0.0, float(left.sum() / freedom)) if freedom > 0 else 0.0
    if not points or not varied.any():
        return Components(1.0, 0.0, 0.0)
    slopes = _between(sets.xy[varied] / sets.xx[varied], points / sets.xx[varied])
    slope = sets.xy.sum() / sets.xx.sum()
    levels = _between(sets.y - slope * sets.x, points / sets.weight)
    return Components(points, slopes, levels)


def _between(values: Floats, variances: Floats) -> float:
    """The variance of true values, of which `values` (m,) are measured with these variances."""
    weights = 1 / variances
    mean = np.average(values, weights=weights)
    left = weights.sum() - (weights**2).sum() / weights.sum()
    excess = float((weights * (values - mean) ** 2).sum()) - (values.size - 1)
    return max(0.0, excess / left) if left > 0 else 0.0
