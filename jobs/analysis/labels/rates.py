"""The rate of right pairs in a stratum, from labels of pairs that were drawn with different chances.

The rate is that of Horvitz and Thompson ("A generalization of sampling without replacement from a finite universe",
JASA 47, 1952) divided by their estimate of the stratum's size (J. Hájek, 1971): a label counts for as many pairs as its
chance to be drawn goes into 1. Its interval is Clopper and Pearson's for the effective number of labels, which E. L.
Korn and B. I. Graubard gave for surveys ("Confidence intervals for proportions with small expected number of positive
counts estimated from survey data", Survey Methodology 24, 1998). With equal chances it is Clopper and Pearson's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.estimate import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class StratumLabels:
    """The cells of one stratum, a concept each: pairs, their chance to be drawn, and labels; all of shape (n,)."""

    pairs: Counts
    chances: Floats
    labelled: Counts
    right: Counts

    @property
    def all_labelled(self) -> bool:
        """Whether nothing is left to be guessed."""
        return bool((self.labelled == self.pairs).all())


def rate(stratum: StratumLabels) -> Estimate:
    """The rate of right pairs in the stratum; without a label anything from 0 to 1, and then the value is one half."""
    if stratum.all_labelled:
        exact = float(stratum.right.sum() / max(1, stratum.pairs.sum()))
        return Estimate(exact, exact, exact)
    weights = 1 / stratum.chances
    whole = float(weights @ stratum.labelled)
    if not whole:
        return Estimate(0.5, 0.0, 1.0)
    value = float(weights @ stratum.right) / whole
    low, high = clopper_pearson_ends(value, _effective(stratum, weights, value))
    return Estimate(value, low, high)


def clopper_pearson_ends(share: float, trials: float) -> tuple[float, float]:
    """The ends of Clopper and Pearson's interval for a share of `trials`, which need not be a whole number."""
    # scipy takes two seconds to import.
    from scipy.special import betaincinv

    successes, tail = share * trials, (1 - CONFIDENCE) / 2
    failures = trials - successes
    low = betaincinv(successes, failures + 1, tail) if share > 0 else 0.0
    high = betaincinv(successes + 1, failures, 1 - tail) if share < 1 else 1.0
    return float(low), float(high)


def _effective(stratum: StratumLabels, weights: Floats, value: float) -> float:
    """So many labels of equal chances would tell as much; never more than there are."""
    labels = int(stratum.labelled.sum())
    # Of a cell that is labelled as a whole nothing is guessed.
    unseen = 1 - stratum.labelled / np.maximum(stratum.pairs, 1)
    squares = unseen * weights**2
    # Kish's number of labels, which does not depend on what they say.
    found = (weights @ stratum.labelled) ** 2 / (squares @ stratum.labelled)
    wrong = stratum.labelled - stratum.right
    spread = squares @ (stratum.right * (1 - value) ** 2 + wrong * value**2)
    if spread > 0 and 0 < value < 1:
        found = min(found, value * (1 - value) * (weights @ stratum.labelled) ** 2 / spread)
    return min(float(found), labels)
