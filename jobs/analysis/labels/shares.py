"""Shares a number of draws out over groups of very different sizes, so that small groups are not forgotten.

Equal shares judge each group as well as any other; shares that grow with the size judge all of them together best.
Those that grow with its square root do nearly as well at both (M. D. Bankier, "Power allocations: determining sample
sizes for subnational areas", The American Statistician 42, 1988).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EQUAL: Final = 0.0
ROOT: Final = 0.5


def shares(sizes: ArrayLike, draws: float, power: float) -> Floats:
    """The draws of groups of these sizes (n,): in proportion to size ** power, or all that a group has.

    They sum to `draws`, or to the sizes if these are fewer. power: from 0 to below 1.
    """
    whole = np.asarray(sizes, np.float64)
    ascending = np.sort(whole[whole > 0])
    if ascending.sum() <= draws:
        return whole
    # If a group and all larger ones give in proportion, the smaller ones have given everything.
    before = np.cumsum(ascending) - ascending
    factors = (draws - before) / np.cumsum((ascending**power)[::-1])[::-1]
    factor = factors[np.flatnonzero(factors <= ascending ** (1 - power))[0]]
    found: Floats = np.where(whole > 0, np.minimum(whole, factor * whole**power), 0.0)
    return found


def chances(sizes: ArrayLike, draws: float, power: float) -> Floats:
    """The chance of each member of groups of these sizes (n,) to be drawn; 1 where a group has none."""
    whole = np.asarray(sizes, np.float64)
    found: Floats = np.where(whole > 0, shares(whole, draws, power) / np.maximum(whole, 1), 1.0)
    return found
