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

# The fewest concepts for slopes on two columns, and one for the level of each set.
LEAST = 12
# Beyond this correlation within sets two columns are one: not even the sign of a slope given the other is known.
ALIKE = 0.99


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


def partial_r2(own: Floats, other: Floats, y: Floats) -> float:
    """The share of what `other` leaves of y's variance that `own` explains: each (n,), around the means of sets."""
    rest = without(y, other[None])
    left = without(rest, without(own, other[None])[None])
    return max(0.0, 1 - float(left @ left / (rest @ rest))) if rest @ rest > 0 else 0.0


def determined(x: Floats, y: Floats, sets: int, of: tuple[str, str]) -> float:
    """Pearson's r between two columns x (2, n), named `of`, if slopes of y (n,) on both are determined.

    All are around the means of sets. Raises ValueError for too few concepts, if one of the three does not vary, or if
    the columns are alike.
    """
    one, other = of
    if y.size < LEAST + sets:
        raise ValueError(
            f"{y.size} concepts of {sets} sets are too few for {one} and {other}: {LEAST + sets} are needed"
        )
    for what, values in ((one, x[0]), (other, x[1]), ("score", y)):
        if not varies(values):
            raise ValueError(f"the {what} of the {y.size} concepts varies in no set: no slope is defined")
    r = float(x[0] @ x[1] / np.sqrt((x[0] @ x[0]) * (x[1] @ x[1])))
    if abs(r) > ALIKE:
        raise ValueError(f"{one} and {other} correlate by {r:.3f} within sets: they cannot be told apart")
    return r


def varies(values: Floats) -> bool:
    """Whether values (n,) around means are more than rounding."""
    return bool(values @ values > 1e-18 * values.size)


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
