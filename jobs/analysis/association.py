"""How strongly two concepts are associated, from the numbers of samples that hold one of them, both, or neither.

PMI is the association ratio of Church and Hanks (1990), NPMI the normalised form of Bouma (2009), G² the log-likelihood
ratio of Dunning (1993). With N samples, of which n hold both concepts, and a and b hold each:

    expected = a b / N        PMI = log2(n / expected)        NPMI = PMI / -log2(n / N)
    G² = 2 * sum of O ln(O / E) over the four cells (both, only the one, only the other, neither)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Association(NamedTuple):
    """The measures of some pairs, each of shape (n,): `expected` in samples, `pmi` in bits, `npmi` from -1 to 1."""

    expected: Floats
    pmi: Floats
    npmi: Floats
    g2: Floats

    def strength(self, measure: str) -> Floats:
        """The measure by which pairs are ranked; G² counts as negative if a pair is rarer than expected."""
        if measure == "g2":
            return np.copysign(self.g2, self.pmi)
        chosen: Floats = getattr(self, measure)
        return chosen


def associate(pairs: ArrayLike, first: ArrayLike, second: ArrayLike, samples: int) -> Association:
    """The association of pairs, from the numbers of samples that hold both, the first and the second: each (n,).

    samples: how many were searched. Two concepts that never occur together have the PMI -inf and the NPMI -1. Two that
    never occur apart have the NPMI 1, even if every sample holds them, where the quotient is 0 / 0. Both must occur.
    """
    n, a, b = (np.asarray(numbers, np.float64) for numbers in (pairs, first, second))
    expected = a * b / samples
    with np.errstate(divide="ignore", invalid="ignore"):
        pmi = np.log2(n / expected)
        npmi = pmi / -np.log2(n / samples)
    npmi[n == 0] = -1.0
    npmi[(n == a) & (n == b)] = 1.0
    # Rounding can carry the quotient past its bounds by one unit in the last place.
    return Association(expected, pmi, np.clip(npmi, -1.0, 1.0), _g2(n, a, b, samples))


def _g2(n: Floats, a: Floats, b: Floats, samples: int) -> Floats:
    """All four cells are as far from what is expected, so that ln(O / E) = ln(1 + difference / E)."""
    difference = n - a * b / samples
    cells = (
        (n, a * b, difference),
        (a - n, a * (samples - b), -difference),
        (b - n, (samples - a) * b, -difference),
        (samples - a - b + n, (samples - a) * (samples - b), difference),
    )
    total = np.zeros_like(n)
    for observed, product, away in cells:
        held = observed > 0
        total[held] += observed[held] * np.log1p(away[held] / (product[held] / samples))
    return np.maximum(2 * total, 0.0)


def cluster_order(npmi: Floats) -> list[int]:
    """The order of n concepts in which those associated with one another stand side by side: n distinct indices.

    npmi: a symmetric matrix (n, n) whose diagonal is not read. Clusters are merged by their mean distance 1 - NPMI, and
    turned so that neighbours are as close as they can be (Bar-Joseph, Gifford and Jaakkola 2001).
    """
    if len(npmi) < 3:
        return list(range(len(npmi)))
    from scipy.cluster.hierarchy import leaves_list, linkage

    above = np.triu_indices(len(npmi), 1)
    order = leaves_list(linkage(1.0 - npmi[above], "average", optimal_ordering=True))
    return [int(place) for place in order]
