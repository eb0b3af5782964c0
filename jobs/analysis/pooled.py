"""Statistics of pooled concepts without bins, to report beside every r between bin means.

r between bin means is high because means average the spread away. These statistics are computed without averaging. They
also show how far the pool is from independent concepts: repeats, zeros, and differences between whole sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from jobs.analysis.clusters import slopes_over_sets
from jobs.analysis.correlation import pearson, spearman


@dataclass(frozen=True)
class Pooled:
    """One pool of (set, concept) pairs. Slopes are per decade of frequency, in the unit of the scores."""

    concepts: int
    """Pairs in the pool; a name that several sets have counts several times."""
    distinct: int
    """Distinct names among them."""
    sets: int
    zeros: float
    """Share of pairs with frequency 0."""
    r2: float | None
    """Share of the variance of the concepts' scores that the line explains."""
    spearman: float | None
    """Rank correlation over concepts."""
    sets_low: float | None
    sets_high: float | None
    """95 % interval of the pooled slope when whole sets are resampled."""
    slope_within: float | None
    """Slope with an intercept for each set; None if no set has two different frequencies."""
    within_low: float | None
    within_high: float | None
    """Its 95 % interval when whole sets are resampled."""


def describe(
    names: Sequence[str],
    sets: Sequence[str],
    frequency: ArrayLike,
    score: ArrayLike,
    zero_becomes: float = 1.0,
    draws: int = 1000,
    seed: int = 0,
) -> Pooled:
    """Describe n pooled pairs by name, set, frequency in samples and score in any unit.

    Frequencies below `zero_becomes` are raised to it. Raises ValueError if all are then equal, as in `fit_law`.
    """
    counts, y = np.asarray(frequency, np.float64), np.asarray(score, np.float64)
    x = np.log10(np.maximum(counts, zero_becomes))
    if x.size == 0 or np.ptp(x) == 0:
        raise ValueError(f"all {x.size} concepts have the same frequency: no slope is defined")
    known, set_of = np.unique(np.asarray(sets), return_inverse=True)
    slopes = slopes_over_sets(x, y, set_of.astype(np.int64), draws, seed)
    r, within = pearson(x, y), slopes.within
    return Pooled(
        concepts=int(y.size),
        distinct=len(set(names)),
        sets=int(known.size),
        zeros=float(np.mean(counts == 0)),
        r2=None if r is None else r * r,
        spearman=spearman(x, y),
        sets_low=slopes.pooled.low,
        sets_high=slopes.pooled.high,
        slope_within=within.value if within else None,
        within_low=within.low if within else None,
        within_high=within.high if within else None,
    )
