"""Least squares on several columns within sets: every column and the score around the means of their set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.cluster_robust import ClusteredFit, clustered_fit
from jobs.analysis.estimate import Estimate
from jobs.analysis.slopes import set_moments, variance_components

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def fit_around_means(x: Floats, y: Floats, set_of: Integers, name_of: Integers) -> ClusteredFit:
    """Least squares of y (n,) on x (k, n), both around the means of sets; sets and names are numbered from 0.

    Clusters are sets, whose slopes may differ by the working covariance, as in `slopes`; or the names of a single set,
    and then the mean is the last of k + 1 coefficients. Raises numpy.linalg.LinAlgError if x does not determine them.
    """
    if set_of.max() == 0:
        return clustered_fit(np.vstack([x, np.ones_like(y)]), y, name_of)
    fit = clustered_fit(x, y, set_of)
    return replace(fit, covariance=_covariance(x, y, fit, set_of))


def slope_of(fit: ClusteredFit, column: int) -> Estimate:
    """The slope of a column of x, with its interval."""
    return fit.estimate(np.eye(fit.coefficients.size)[column])


def without(values: Floats, others: Floats) -> Floats:
    """What is left of values (n,) after least squares on others (k, n), all around means."""
    if not len(others):
        return values
    left: Floats = values - np.linalg.lstsq(others.T, values)[0] @ others
    return left


def _covariance(x: Floats, y: Floats, fit: ClusteredFit, set_of: Integers) -> Floats:
    """Of each set's X'e, if points have one variance and each slope another variance between sets."""
    between, points = [], 1.0
    for column in range(len(x)):
        others = np.delete(x, column, axis=0)
        rest = without(x[column], others), without(y, others)
        points, slopes = variance_components(set_moments(*rest, set_of, np.ones_like(y)))
        between.append(slopes / points)
    covariance: Floats = fit.squares + fit.squares @ np.diag(between) @ fit.squares
    return covariance
