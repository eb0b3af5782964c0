"""Statistics of pooled concepts without bins, to report beside every r between bin means.

r between bin means is high because means average the spread away. These statistics are computed without averaging. They
also show how far the pool is from independent concepts: repeats, zeros, and differences between whole sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.correlation import pearson_interval, spearman_interval
from jobs.analysis.estimate import Estimate
from jobs.analysis.line import log_frequency
from jobs.analysis.mixed import mixed_slope
from jobs.analysis.noise import weighted_slope
from jobs.analysis.slopes import SLOPE, pooled_line, slope_within_sets

# The names by which tables, sheets and MLflow know each estimate: its value, and the ends of its interval.
COLUMNS: Mapping[str, tuple[str, str, str]] = {
    "slope": ("slope_per_decade", "slope_low", "slope_high"),
    "within": ("slope_within", "within_low", "within_high"),
    "weighted": ("slope_weighted", "weighted_low", "weighted_high"),
    "mixed": ("slope_mixed", "mixed_low", "mixed_high"),
    "r": ("r_unbinned", "r_low", "r_high"),
    "spearman": ("spearman", "spearman_low", "spearman_high"),
}


@dataclass(frozen=True)
class Pooled:
    """One pool of (set, concept) pairs. Slopes are per decade of frequency, in the unit of the scores.

    Intervals over concepts take a name of several sets as one: they tell what other concepts of the same sets would
    have given. Intervals over sets tell what other sets would have given.
    """

    concepts: int
    """Pairs in the pool; a name that several sets have counts several times."""
    distinct: int
    """Distinct names among them."""
    sets: int
    zeros: float
    """Share of pairs with frequency 0."""
    slope: Estimate
    """Of the line over all pairs, with its interval over concepts."""
    within: Estimate | None
    """Slope with an intercept for each set, over sets; None if no set has two different frequencies."""
    weighted: Estimate | None
    """The slope within sets, or of one set's line, with each score weighted by its binomial noise (`noise`)."""
    mixed: Estimate | None
    """The mean slope of a mixed model over sets (`mixed`)."""
    r: Estimate | None
    """Pearson's r over concepts; None if all scores are equal."""
    spearman: Estimate | None
    """Rank correlation over concepts."""

    @property
    def r2(self) -> float | None:
        """Share of the variance of the concepts' scores that the line explains."""
        return None if self.r is None else self.r.value**2

    @property
    def leads_within(self) -> bool:
        """Whether the slope to report first is the one within sets."""
        return self.sets > 1 and self.within is not None

    @property
    def leading(self) -> Estimate:
        """The slope to report first: within sets if there are several, else over the concepts of the one set."""
        return self.within if self.leads_within and self.within is not None else self.slope

    @property
    def columns(self) -> dict[str, float | None]:
        """Every estimate by the names of `COLUMNS`, and `r2`."""
        found = {"r2": self.r2}
        for name, columns in COLUMNS.items():
            estimate: Estimate | None = getattr(self, name)
            values = (None, None, None) if estimate is None else astuple(estimate)
            found |= zip(columns, values, strict=True)
        return found


def estimates(row: Mapping[str, Any]) -> dict[str, Estimate | None]:
    """The estimates of a pool, by their field, from a row with the names of `COLUMNS`."""
    return {
        name: None if row[value] is None else Estimate(row[value], row[low], row[high])
        for name, (value, low, high) in COLUMNS.items()
    }


def describe(
    names: Sequence[str],
    sets: Sequence[str],
    frequency: ArrayLike,
    score: ArrayLike,
    zero_becomes: float = 1.0,
    samples: Sequence[int | None] | None = None,
    mixed: bool = True,
) -> Pooled:
    """Describe n pooled pairs by name, set, frequency in samples and score in any unit.

    Frequencies below `zero_becomes` are raised to it. `samples` (n,): how many images each score, a share of them, is
    computed from. The mixed model takes most of the time, about a second for 5,000 pairs. Raises ValueError if all
    frequencies are equal, as in `fit_law`.
    """
    counts, y = np.asarray(frequency, np.float64), np.asarray(score, np.float64)
    x = log_frequency(counts, zero_becomes)
    if x.size == 0 or np.ptp(x) == 0:
        raise ValueError(f"all {x.size} concepts have the same frequency: no slope is defined")
    name_of, set_of = _numbered(names), _numbered(sets)
    return Pooled(
        concepts=int(y.size),
        distinct=len(set(names)),
        sets=len(set(sets)),
        zeros=float(np.mean(counts == 0)),
        slope=pooled_line(x, y, name_of).estimate(SLOPE),
        within=slope_within_sets(x, y, set_of),
        weighted=weighted_slope(x, y, set_of, samples),
        mixed=mixed_slope(x, y, set_of) if mixed else None,
        r=pearson_interval(x, y, name_of),
        spearman=spearman_interval(x, y, name_of),
    )


def _numbered(labels: Sequence[str]) -> NDArray[np.int64]:
    """The number of each label among the distinct ones, from 0."""
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64)
