"""The slope with intervals over whole sets instead of single concepts, and the slope within sets.

Downstream sets differ both in difficulty and in frequency. So a pooled slope mixes two effects: rare sets are hard, and
rare concepts within a set are hard. Whole sets are resampled (the pairs cluster bootstrap: Cameron, Gelbach and Miller
2008, section 2). The slope within sets gives each set its own intercept (a fixed effect).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.intervals import PERCENTILES

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Slope:
    """A slope with the 2.5th and 97.5th percentile of its draws, which are None for fewer than 2 sets."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class SetSlopes:
    """Slopes with intervals over sets: of all points as one pool, and within sets (None if x varies in no set)."""

    pooled: Slope
    within: Slope | None


def slopes_over_sets(x: Floats, y: Floats, set_of: Integers, draws: int, seed: int) -> SetSlopes:
    """Least squares over points (n,) whose sets are numbered from 0, with `draws` resamples of whole sets.

    A set that is drawn twice counts as two sets with their own intercepts. x must vary. The same seed gives the same
    draws.
    """
    sums = _sums(x - x.mean(), y - y.mean(), set_of)
    sets = sums.shape[0]
    weights = np.random.default_rng(seed).multinomial(sets, np.full(sets, 1 / sets), size=draws)
    drawn = weights.astype(np.float64) if sets > 1 else np.empty((0, sets))
    everything = np.ones((1, sets))
    pooled = _slope(_centred(everything @ sums), _centred(drawn @ sums))
    inside = _centred(sums)
    within = _slope(everything @ inside, drawn @ inside)
    assert pooled is not None
    return SetSlopes(pooled, within)


def _sums(dx: Floats, dy: Floats, set_of: Integers) -> Floats:
    """Per set the sums of 1, dx, dy, dx squared, dx dy: shape (sets, 5). Everything else is computed from these."""
    columns = (np.ones_like(dx), dx, dy, dx * dx, dx * dy)
    return np.column_stack([np.bincount(set_of, weights=column) for column in columns])


def _centred(sums: Floats) -> Floats:
    """The sums of squares and of products around the mean of each row's points: shape (rows, 2)."""
    n, x, y, xx, xy = sums.T
    return np.column_stack([xx - x * x / n, xy - x * y / n])


def _slope(one: Floats, drawn: Floats) -> Slope | None:
    (squares, products), least = one[0], 1e-12 * abs(one[0, 0])
    if squares <= 0:
        return None
    kept = drawn[drawn[:, 0] > least]
    if not kept.size:
        return Slope(float(products / squares), None, None)
    low, high = np.percentile(kept[:, 1] / kept[:, 0], PERCENTILES)
    return Slope(float(products / squares), float(low), float(high))
