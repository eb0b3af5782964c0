"""How far columns are off for concepts, and for sets, that their least squares have not seen.

A concept that is left out is predicted from the level of its set among the others. The level of a set that is left out
cannot be known: its scores and columns are taken around their means.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.forms.held_out import FOLDS
from jobs.analysis.forms.moments import around_means, means, moments, solve

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def errors_of_concepts(columns: Floats, y: Floats, set_of: Integers, fold_of: Integers) -> Floats:
    """Score less prediction of each point (n,) without the points of its fold; NaN if its set has no others.

    columns: (k, n), k from 0, which predicts the level of the set; sets and folds are numbered from 0.
    """
    sums = _sums(columns, y, set_of, fold_of)
    errors = np.full(y.size, np.nan)
    for fold in range(FOLDS):
        others = sums.sum(0) - sums[fold]
        inside = np.flatnonzero(fold_of == fold)
        seen = others[set_of[inside], 0, 0] > 0
        level = means(others)[set_of[inside]]
        errors[inside] = np.where(seen, _off(columns[:, inside], y[inside], level, around_means(others).sum(0)), np.nan)
    return errors


def errors_of_sets(columns: Floats, y: Floats, set_of: Integers) -> Floats:
    """Score less prediction around the means of its set, of each point (n,), without its set; `columns` as above."""
    sums = _sums(columns, y, set_of, np.zeros_like(set_of))[0]
    own = around_means(sums)
    errors = np.full(y.size, np.nan)
    for one in range(len(sums)):
        inside = np.flatnonzero(set_of == one)
        level = np.broadcast_to(means(sums)[one], (inside.size, len(columns) + 1))
        errors[inside] = _off(columns[:, inside], y[inside], level, own.sum(0) - own[one])
    return errors


def _sums(columns: Floats, y: Floats, set_of: Integers, fold_of: Integers) -> Floats:
    """Sums of products for each fold and set: (FOLDS, sets, k + 2, k + 2)."""
    sets = int(set_of.max()) + 1
    group_of = fold_of * sets + set_of
    order = np.argsort(group_of, kind="stable")
    found = moments([*columns[:, order], y[order]], group_of[order], FOLDS * sets)[0]
    return found.reshape(FOLDS, sets, *found.shape[1:])


def _off(columns: Floats, y: Floats, level: Floats, products: Floats) -> Floats:
    """What the fit of these products is off; `level` (n, k + 1) has the means of each point's set."""
    slopes = solve(products).coefficients if len(columns) else np.zeros(0)
    off: Floats = y - level[:, -1] - (columns.T - level[:, :-1]) @ slopes
    return off
