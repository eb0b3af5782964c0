"""What chance gives: the number of equal frequencies, and the tails of a binomial."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log

import numpy as np

# A tie is suspicious if fewer such ties than this are expected by chance among the frequencies.
IMPROBABLE = 0.01
# The largest logarithm of a number of ties; larger ones make no difference.
MOST = 100.0


class Chance:
    """The number of ties that chance gives among frequencies (one per query).

    The frequencies near f are assumed to be uniform between f/2 and 2f. If n of them lie there, apart from those at f,
    then n/(1.5 f) are expected to tie with a concept at f. The expected number of groups of k or more at f or above is
    then at most the sum, over the concepts with a frequency v >= f, of (n/(1.5 v))^(k-1) / k!.
    """

    def __init__(self, frequencies: Iterable[int]) -> None:
        found = np.sort(np.fromiter(frequencies, dtype=np.float64))
        self._values, self._concepts = np.unique(found, return_counts=True)
        upper = np.searchsorted(found, 2 * self._values, side="right")
        lower = np.searchsorted(found, self._values / 2, side="left")
        # At least one, so that a tie of all frequencies is not infinitely improbable.
        self._beside = np.maximum(upper - lower - self._concepts, 1) / (1.5 * self._values)

    def expected(self, frequency: int, size: int) -> float:
        """The expected number of groups of `size` concepts or more, at this frequency or above."""
        # scipy takes a fifth of a second to import, and most counts have no tie.
        from scipy.special import gammaln, logsumexp

        start = np.searchsorted(self._values, frequency)
        # In logarithms, because half a million concepts exceed the range of floats.
        groups = np.log(self._concepts[start:]) + (size - 1) * np.log(self._beside[start:])
        return float(np.exp(min(logsumexp(groups) - gammaln(size + 1), MOST)))


def tail(successes: int, trials: int, share: float) -> float:
    """A bound on the chance of a number of successes that is as far from the expected one, on its side of it.

    Chernoff's bound on the binomial tail, exp(-n D), where D is the relative entropy of the share found to `share`,
    which is between 0 and 1.
    """
    return exp(-trials * _relative_entropy(successes / trials, share))


def _relative_entropy(found: float, share: float) -> float:
    hit = found * log(found / share) if found > 0 else 0.0
    missed = (1 - found) * log((1 - found) / (1 - share)) if found < 1 else 0.0
    return hit + missed
