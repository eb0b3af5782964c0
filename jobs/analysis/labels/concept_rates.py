"""How often each concept is right, from few labels of its own and those of all others.

In a stratum the rates of concepts scatter around a mean as a beta distribution does; the labels of all concepts tell
how widely (maximum likelihood of beta-binomial counts, J. G. Skellam, 1948). The mean depends on what is known of each
concept without its labels in that stratum, as in small area estimation (J. N. K. Rao and I. Molina, Small Area
Estimation, 2nd ed., 2015). The more a concept has labels of its own, the less it borrows. Pairs that are labelled are
known; the others are right by that rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.estimate import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

# Log odds rarely rise by more than SLOPE from one decade of pairs to the next. The mean's own weight is that of some
# e^STRENGTH labels, give or take a factor of e.
SLOPE, STRENGTH = 10.0, 1.0
# The quantiles at the ends of an interval, those of which a mean is taken, and what rounding may add to a whole number.
ENDS = np.array([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
MIDDLES = (np.arange(32) + 0.5) / 32
ROUNDING = 1e-9


@dataclass(frozen=True)
class RightPairs:
    """The number of right pairs with its variance, between `least` and `most` for certain: arrays of one shape.

    The shape is (concepts, strata), or (concepts,) once strata are summed up.
    """

    mean: Floats
    variance: Floats
    least: Counts
    most: Counts

    def over(self, strata: NDArray[np.bool_]) -> RightPairs:
        """The sums over some strata (strata,), whose labels are independent."""
        columns = (self.mean, self.variance, self.least, self.most)
        return RightPairs(*(column[:, strata].sum(1) for column in columns))

    def intervals(self) -> list[Estimate]:
        """Each concept's number, of sums, with its interval, whose ends are whole numbers at or around it."""
        low, high = between(self.mean, self.variance, self.least, self.most, ENDS)
        low, high = np.minimum(low, self.mean), np.maximum(high, self.mean)
        ends = zip(self.mean, np.floor(low + ROUNDING), np.ceil(high - ROUNDING), strict=True)
        return [Estimate(*map(float, row)) for row in ends]

    def mean_log(self, zero_becomes: float) -> Floats:
        """The mean of log10 of each concept's number, of sums (n,); numbers below `zero_becomes` are raised to it.

        It is what a line is fitted to: the logarithm of the mean is larger, and most so for rare concepts.
        """
        values = between(self.mean, self.variance, self.least, self.most, MIDDLES)
        found: Floats = np.log10(np.maximum(values, zero_becomes)).mean(0)
        return found


def between(mean: Floats, variance: Floats, least: ArrayLike, most: ArrayLike, shares: Floats) -> Floats:
    """Quantiles (shares, n) of beta distributions from `least` to `most` (n,) with these means and variances (n,)."""
    # scipy takes two seconds to import.
    from scipy.special import betaincinv

    low = np.asarray(least, np.float64)
    width = np.maximum(np.asarray(most, np.float64) - low, 1e-12)
    share = np.clip((mean - low) / width, 1e-9, 1 - 1e-9)
    # No beta distribution has a larger variance than share * (1 - share).
    size = share * (1 - share) / np.clip(variance / width**2, 1e-12, 0.999 * share * (1 - share)) - 1
    found: Floats = low + width * betaincinv(share * size, (1 - share) * size, shares[:, None])
    return np.where(variance > 0, found, mean)


def right_pairs(pairs: Counts, labelled: Counts, right: Counts) -> RightPairs:
    """The right pairs of each cell, by its labels and those of its stratum: (concepts, strata), the strongest first.

    What a rate leans on is how many pairs the concept has in the cell itself and in weaker strata, and how many right
    ones in stronger strata. Pairs there instead of right pairs would hide which concepts are rare but often confused:
    their frequencies come out too high, and the slope of the law with them, by 6 % in simulated corpora.
    """
    left = pairs - labelled
    mean, variance = right.astype(np.float64), np.zeros(pairs.shape)
    weaker = pairs.sum(1, keepdims=True) - np.cumsum(pairs, axis=1)
    for stratum in range(pairs.shape[1]):
        n, k, rest = labelled[:, stratum], right[:, stratum], left[:, stratum]
        known = np.log10(1.0 + np.stack([pairs[:, stratum], mean[:, :stratum].sum(1), weaker[:, stratum]]))
        expected, size = scatter(known, n, k)
        a, b = expected * size + k, (1 - expected) * size + n - k
        share = a / (a + b)
        mean[:, stratum] += rest * share
        # Of a beta-binomial number of `rest` trials.
        variance[:, stratum] = rest * share * (1 - share) * (a + b + rest) / (a + b + 1)
    return RightPairs(mean, variance, right, right + left)


def scatter(known: Floats, labelled: Counts, right: Counts) -> tuple[Floats, float]:
    """The beta distributions of the rates of a stratum's cells: their means (n,), and for how many labels each counts.

    The log odds of the mean are linear in what is `known` of each cell (m, n). Jeffreys' prior keeps their middle off 0
    and 1; normal priors keep the slopes and the scatter from running away if labels are few. Without labels all means
    are one half.
    """
    # scipy takes two seconds to import.
    from scipy.optimize import minimize
    from scipy.special import expit

    used = labelled > 0
    if not used.any():
        return np.full(len(labelled), 0.5), 1.0
    n, k = labelled[used], right[used]
    columns = known - known[:, used].mean(axis=1, keepdims=True)
    start = (k.sum() + 0.5) / (n.sum() + 1)
    first = np.array([np.log(start / (1 - start)), *np.zeros(len(columns)), STRENGTH])
    bounds = [(-9.0, 9.0)] * (len(first) - 1) + [(-2.0, 7.0)]
    found = minimize(_loss, first, (columns[:, used], n, k), method="L-BFGS-B", jac=True, bounds=bounds)
    middle, *slopes, strength = found.x
    return np.clip(expit(middle + np.array(slopes) @ columns), 1e-4, 1 - 1e-4), float(np.exp(strength))


def _loss(given: Floats, columns: Floats, n: Counts, k: Counts) -> tuple[float, Floats]:
    """Minus the logarithm of likelihood and priors, and its gradient by middle, slopes and strength: `given`."""
    # scipy takes two seconds to import.
    from scipy.special import betaln, digamma, expit

    middle, slopes, strength = given[0], given[1:-1], given[-1]
    mean, size, at_middle = expit(middle + slopes @ columns), np.exp(strength), expit(middle)
    # Where rounding makes a mean 0 or 1 no beta distribution has it.
    mean = np.clip(mean, 1e-12, 1 - 1e-12)
    a, b = mean * size, (1 - mean) * size
    gain = float((betaln(a + k, b + n - k) - betaln(a, b)).sum() + 0.5 * np.log(at_middle * (1 - at_middle)))
    gain -= 0.5 * float(((slopes / SLOPE) ** 2).sum() + (strength - STRENGTH) ** 2)
    both = digamma(size) - digamma(size + n)
    by_a, by_b = digamma(a + k) - digamma(a) + both, digamma(b + n - k) - digamma(b) + both
    by_odds = (by_a - by_b) * mean * (1 - mean) * size
    by_strength = float((by_a * a + by_b * b).sum()) - (strength - STRENGTH)
    by_slopes = columns @ by_odds - slopes / SLOPE**2
    return -gain, -np.array([by_odds.sum() + 0.5 - at_middle, *by_slopes, by_strength])
