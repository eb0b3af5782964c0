"""A power law fitted to the tail of frequencies by maximum likelihood, with its distance from them.

A. Clauset, C. R. Shalizi and M. E. J. Newman, "Power-law distributions in empirical data", SIAM Review 51 (2009), for
whole numbers: a frequency x from x_min on has the probability x^-exponent / zeta(exponent, x_min).

scipy is imported when it is used: it takes a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Below some 50 values the exponent is not reliable (Clauset, Shalizi and Newman, section 3.3).
LEAST: Final = 50
# x_min is chosen among so many values at most, spread evenly over the ranks of those that occur.
STARTS: Final = 100
# The normalisation diverges at 1. Beyond 20 a tail is one value and its neighbour.
EXPONENTS: Final = (1 + 1e-6, 20.0)
# The step of a second derivative.
STEP: Final = 1e-4


@dataclass(frozen=True)
class PowerLaw:
    """The law of the `values` frequencies from `start` (x_min, samples) on.

    error: the standard error of the exponent. distance: Kolmogorov and Smirnov's, the largest difference of the shares
    of values up to any x, from 0 to 1.
    """

    exponent: float
    error: float
    start: int
    values: int
    distance: float

    @property
    def zipf(self) -> float:
        """The exponent of frequency by rank, 1 in Zipf's law."""
        return 1 / (self.exponent - 1)


def fit_power_law(frequency: ArrayLike) -> PowerLaw:
    """Fit frequencies (n,) in samples; the start with the least distance is chosen. Zeros belong to no tail.

    Raises ValueError with the reason if fewer than LEAST are above 0, or if the most frequent LEAST are all equal.
    """
    counts = np.asarray(frequency, np.int64)
    values, repeats = np.unique(counts[counts > 0], return_counts=True)
    tails = np.cumsum(repeats[::-1])[::-1]
    if not values.size or tails[0] < LEAST:
        raise ValueError(f"{int(repeats.sum())} frequencies are above 0: a power law needs {LEAST}")
    # The last value alone is no tail.
    starts = np.flatnonzero(tails[:-1] >= LEAST)
    if not starts.size:
        raise ValueError(f"the {LEAST} most frequent concepts are equally frequent")
    chosen = np.unique(np.linspace(starts[0], starts[-1], min(STARTS, starts.size)).round().astype(np.int64))
    laws = (_from(values[at:], repeats[at:]) for at in chosen)
    return min(laws, key=lambda law: law.distance)


def _from(values: NDArray[np.int64], repeats: NDArray[np.int64]) -> PowerLaw:
    """The law of ascending distinct values (m,), each with its number of repeats."""
    from scipy.optimize import minimize_scalar

    start, total = int(values[0]), int(repeats.sum())
    mean_log = float(repeats @ np.log(values / start)) / total

    def cost(exponent: float) -> float:
        return float(_log_norm(exponent, start) + exponent * mean_log)

    exponent = float(minimize_scalar(cost, bounds=EXPONENTS, method="bounded", options={"xatol": 1e-7}).x)
    curvature = (cost(exponent + STEP) - 2 * cost(exponent) + cost(max(exponent - STEP, EXPONENTS[0]))) / STEP**2
    error = float(1 / np.sqrt(total * curvature)) if curvature > 0 else float("inf")
    return PowerLaw(exponent, error, start, total, _distance(exponent, values, repeats))


def _log_norm(exponent: float, start: int) -> float:
    """log(zeta(exponent, start) start^exponent): near 1 per value, so that no power of a large start underflows."""
    from scipy.special import zeta

    return float(np.log(zeta(exponent, start)) + exponent * np.log(start))


def _distance(exponent: float, values: NDArray[np.int64], repeats: NDArray[np.int64]) -> float:
    """The largest difference of both distributions at the values, and just below each."""
    from scipy.special import zeta

    whole = zeta(exponent, float(values[0]))
    above = zeta(exponent, values + 1.0) / whole
    # Of values from x on: those above x, and x itself.
    onwards = above + values**-exponent / whole
    seen = np.cumsum(repeats) / repeats.sum()
    before = np.concatenate([[0.0], seen[:-1]])
    return float(max(np.abs(seen - (1 - above)).max(), np.abs(before - (1 - onwards)).max()))
