"""How far the proportion that a sample shows may be from that of everything it was drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import binomtest


@dataclass(frozen=True)
class ProportionBounds:
    """Where the true proportion lies: at `lower` or above (one-sided), between `low` and `high` (two-sided)."""

    lower: float
    low: float
    high: float


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> ProportionBounds:
    """Exact bounds of a binomial proportion; each covers it with at least `confidence`, whatever it is.

    C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26 (1934), 404-413. Drawing without replacement makes them wider than they need be, never too narrow.
    Raises ValueError for numbers that are no sample.
    """
    if not (0 <= successes <= trials and trials > 0 and 0 < confidence < 1):
        raise ValueError(f"{successes} of {trials} at confidence {confidence}: not a sample of one or more")
    above = binomtest(successes, trials, alternative="greater").proportion_ci(confidence, "exact")
    between = binomtest(successes, trials).proportion_ci(confidence, "exact")
    return ProportionBounds(lower=float(above.low), low=float(between.low), high=float(between.high))
