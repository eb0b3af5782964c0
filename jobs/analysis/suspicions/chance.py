"""How many equal frequencies chance gives, so that others can be told from them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.special import gammaln, logsumexp

# Ties that are expected less often than this among the frequencies looked at are not left to chance.
IMPROBABLE = 0.01
# The logarithm of more ties than anybody tells apart.
MOST = 100.0


class Chance:
    """How many ties chance gives among frequencies (one for each query).

    Near a frequency f the others are taken to lie anywhere between f/2 and 2f alike: with n of them there, apart from
    those at f, n/(1.5 f) are expected beside a concept at f. Groups of k or more at f or above are then at most the
    sum, over the concepts with a frequency v >= f, of (n/(1.5 v))^(k-1) / k!.
    """

    def __init__(self, frequencies: Iterable[int]) -> None:
        found = np.sort(np.fromiter(frequencies, dtype=np.float64))
        self._values, self._concepts = np.unique(found, return_counts=True)
        upper = np.searchsorted(found, 2 * self._values, side="right")
        lower = np.searchsorted(found, self._values / 2, side="left")
        # At least one, so that a tie of all the frequencies there are is not infinitely improbable.
        self._beside = np.maximum(upper - lower - self._concepts, 1) / (1.5 * self._values)

    def expected(self, frequency: int, size: int) -> float:
        """Groups of `size` concepts or more, at this frequency or above."""
        start = np.searchsorted(self._values, frequency)
        # As logarithms: half a million concepts leave the range of floats.
        groups = np.log(self._concepts[start:]) + (size - 1) * np.log(self._beside[start:])
        return float(np.exp(min(logsumexp(groups) - gammaln(size + 1), MOST)))
