"""Confidence bounds: how far the proportion in a sample may be from that in the population."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProportionBounds:
    """The range of the true proportion: at least `lower` (one-sided), or between `low` and `high` (two-sided)."""

    lower: float
    low: float
    high: float


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> ProportionBounds:
    """Exact bounds of a binomial proportion: each holds with at least `confidence`, whatever the true proportion is.

    C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26 (1934), 404-413. For draws without replacement the bounds are wider than necessary, never too narrow.
    Raises ValueError if the numbers cannot be those of a sample.
    """
    if not (0 <= successes <= trials and trials > 0 and 0 < confidence < 1):
        raise ValueError(f"{successes} of {trials} at confidence {confidence}: not a sample of one or more")
    # scipy takes two seconds to import.
    from scipy.stats import binomtest

    above = binomtest(successes, trials, alternative="greater").proportion_ci(confidence, "exact")
    between = binomtest(successes, trials).proportion_ci(confidence, "exact")
    return ProportionBounds(lower=float(above.low), low=float(between.low), high=float(between.high))
