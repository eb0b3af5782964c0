"""The slope on a frequency that is measured with errors, by another measurement of it.

Errors in a frequency make its slope too flat. If two searches err independently, the other search is an instrument:
slope = cov(score, other) / cov(frequency, other), within sets. The interval holds the slopes at which the other search
tells nothing of score - slope * frequency (Fieller 1954; Anderson and Rubin 1949), so that it is honest if the two
searches are weakly related; below a first-stage F of 10 (Staiger and Stock 1997) there is no slope.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.estimate import Estimate
from jobs.analysis.within_sets import fit_around_means

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

STRONG = 10.0
ASSUMPTION = (
    "This assumes that, within a set, what one search misses or finds wrongly is unrelated to what the other does "
    "and to the score, and that both grow alike with the true frequency."
)


@dataclass(frozen=True)
class Instrumented:
    """A slope per decade by an instrument; None with the reason if the instrument is too weak."""

    slope: Estimate | None
    first_stage: float
    """F of the frequency on its instrument: the square of the slope over its error."""
    refusal: str | None = None


def instrumented_slope(x: Floats, z: Floats, y: Floats, set_of: Integers, name_of: Integers) -> Instrumented:
    """The slope of y on x with z as instrument, each (n,) around the means of sets; sets and names from 0."""
    of_score, of_frequency = (fit_around_means(z[None], values, set_of, name_of) for values in (y, x))
    contrast = np.eye(of_score.coefficients.size)[0]
    a, b = float(of_score.coefficients[0]), float(of_frequency.coefficients[0])
    reach = of_score.quantile(contrast)
    if reach is None:
        return Instrumented(None, 0.0, "too few sets for an interval")
    terms = np.array([fit.terms(contrast) for fit in (of_score, of_frequency)])
    (yy, xy), (_, xx) = (terms @ terms.T).tolist()
    strength = b * b / xx if xx > 0 else float("inf")
    if b <= 0:
        return Instrumented(None, strength, "the two searches do not grow with one another")
    # With few sets t is so wide that F must be larger, or the interval has no ends.
    needed, square = max(STRONG, reach**2), b * b - reach**2 * xx
    if strength < STRONG or square <= 0:
        weak = f"the instrument is weak: its first-stage F is {strength:.1f}, and {needed:.1f} is needed"
        return Instrumented(None, strength, weak)
    middle, ends = a * b - reach**2 * xy, a * a - reach**2 * yy
    half = float(np.sqrt(max(0.0, middle**2 - square * ends)))
    return Instrumented(Estimate(a / b, (middle - half) / square, (middle + half) / square), strength)
