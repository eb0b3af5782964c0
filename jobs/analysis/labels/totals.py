"""Numbers of right pairs over several strata, and the share of some of them, with intervals.

The distances from a sum to the ends of its interval are the roots of the sums of squares of those of its parts, as are
standard errors; so the parts' own uneven intervals are kept, also those of a stratum without a single right label
(G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 27, 2008;
for ratios A. Donner and G. Y. Zou, Statistical Methods in Medical Research 21, 2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, sqrt

from jobs.analysis.estimate import Estimate


def total(sizes: Sequence[int], rates: Sequence[Estimate]) -> Estimate:
    """The number of right pairs in strata of these sizes with these rates; both of equal length."""
    value = sum(size * one.value for size, one in zip(sizes, rates, strict=True))
    down = hypot(*(size * (one.value - (one.low or 0.0)) for size, one in zip(sizes, rates, strict=True)))
    up = hypot(*(size * ((one.high or 0.0) - one.value) for size, one in zip(sizes, rates, strict=True)))
    return Estimate(value, max(0.0, value - down), min(float(sum(sizes)), value + up))


def divided(numerator: Estimate, size: int) -> Estimate | None:
    """A total as a share of a known number; None of none."""
    if not size:
        return None
    low, high = ((end or 0.0) / size for end in (numerator.low, numerator.high))
    return Estimate(numerator.value / size, low, high)


def share_of_both(part: Estimate, rest: Estimate) -> Estimate | None:
    """part / (part + rest) of two totals that were estimated from different labels; None if both are 0."""
    if part.value + rest.value == 0:
        return None
    part_low, part_high = part.low or 0.0, part.high or 0.0
    rest_low, rest_high = rest.low or 0.0, rest.high or 0.0
    product = part.value * rest.value
    # The odds o of the ends are where the interval of part - o rest ends at 0, by a quadratic equation.
    below = part.value**2 - (part.value - part_low) ** 2
    spread = rest.value**2 - (rest_high - rest.value) ** 2
    divisor = product + sqrt(max(0.0, product**2 - spread * below))
    low = _of_odds(below / divisor) if divisor else 0.0 if rest_high else 1.0
    above = part.value**2 - (part_high - part.value) ** 2
    spread = rest.value**2 - (rest.value - rest_low) ** 2
    high = _of_odds((product + sqrt(max(0.0, product**2 - spread * above))) / spread) if spread > 0 else 1.0
    return Estimate(part.value / (part.value + rest.value), low, high)


def _of_odds(odds: float) -> float:
    return odds / (1 + odds)
