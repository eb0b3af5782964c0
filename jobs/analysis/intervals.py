"""Bootstrap intervals of the unbinned law: concepts are drawn with replacement, in one operation for all draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PERCENTILES = (2.5, 97.5)
# 1,000 draws of 5,000 concepts are one numpy operation on 40 MB; longer lists are computed in blocks of that size.
CELLS = 5_000_000


@dataclass(frozen=True)
class Line:
    """score = intercept + slope * x, by least squares."""

    slope: float
    intercept: float


@dataclass(frozen=True)
class Band:
    """The line's 95 % interval along x, as three columns of equal length."""

    x: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Draws:
    """Lines fitted to resampled concepts: slopes and intercepts of shape (draws,)."""

    slopes: Floats
    intercepts: Floats

    def slope_interval(self) -> tuple[float, float] | None:
        """The 2.5th and 97.5th percentile of the slope; None if no draw gave a line."""
        if not self.slopes.size:
            return None
        low, high = np.percentile(self.slopes, PERCENTILES)
        return float(low), float(high)

    def band(self, low: float, high: float, points: int = 60) -> Band | None:
        """Percentiles of the drawn lines at `points` places from x = low to x = high."""
        if not self.slopes.size:
            return None
        x = np.linspace(low, high, points)
        below, above = np.percentile(self.intercepts[:, None] + self.slopes[:, None] * x, PERCENTILES, axis=0)
        return Band(tuple(x.tolist()), tuple(below.tolist()), tuple(above.tolist()))


def fit_line(x: Floats, y: Floats) -> Line:
    """Least squares over the points (n,); x must vary."""
    dx = x - x.mean()
    slope = float(dx @ (y - y.mean()) / (dx @ dx))
    return Line(slope, float(y.mean() - slope * x.mean()))


def bootstrap_lines(x: Floats, y: Floats, draws: int, seed: int) -> Draws:
    """Fit a line to each of `draws` resamples of the n points; the same seed gives the same draws.

    A resample in which all x are equal has no line and is left out; this happens only with very few concepts.
    """
    centre = x.mean(), y.mean()
    columns = _moments(x - centre[0], y - centre[1])
    sums = np.concatenate([weights @ columns for weights in _resamples(x.size, draws, seed)])
    mean_x, mean_y, mean_xx, mean_xy = (sums / x.size).T
    variance = mean_xx - mean_x**2
    # Relative to the spread of the points, because a resample of equal x has a variance of rounding errors only.
    kept = variance > 1e-12 * columns[:, 2].mean()
    slopes = (mean_xy - mean_x * mean_y)[kept] / variance[kept]
    intercepts = centre[1] + mean_y[kept] - slopes * (centre[0] + mean_x[kept])
    return Draws(slopes, intercepts)


def _moments(dx: Floats, dy: Floats) -> Floats:
    """Per point the terms that a line needs as sums: dx, dy, dx squared, dx dy; shape (n, 4)."""
    return np.column_stack([dx, dy, dx * dx, dx * dy])


def _resamples(n: int, draws: int, seed: int) -> Iterator[Floats]:
    """How often each point is in each resample: blocks of shape (rows, n), `draws` rows in all."""
    rows = max(1, CELLS // n)
    if draws <= rows:
        yield _whole(n, draws, seed)
        return
    rng = np.random.default_rng(seed)
    for start in range(0, draws, rows):
        yield _block(rng, n, min(rows, draws - start))


@lru_cache(maxsize=2)
def _whole(n: int, draws: int, seed: int) -> Floats:
    """All resamples of n points. They are cached, because fits of one pool have equal n: 10 ms instead of 120 ms."""
    weights = _block(np.random.default_rng(seed), n, draws)
    weights.flags.writeable = False
    return weights


def _block(rng: np.random.Generator, n: int, rows: int) -> Floats:
    picks = rng.integers(0, n, size=(rows, n)) + np.arange(rows)[:, None] * n
    return np.bincount(picks.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
