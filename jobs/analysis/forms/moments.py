"""Least squares with a level for each set, for many shapes at once, from sums over groups of points.

The sums over all points less those of some groups are the sums without these groups: so fits to all but one fold, or
to all but one set, cost no further pass over the points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Solved(NamedTuple):
    """Fits of c columns: coefficients (..., c), and the squares that they leave (...)."""

    coefficients: Floats
    left: Floats


def moments(rows: Sequence[Floats], group_of: Integers, groups: int) -> Floats:
    """Sums of products of 1 and the rows over groups numbered from 0: shape (g, groups, m + 1, m + 1).

    rows: m of them, each (n,) or (g, n), for points (n,) in the order of their groups. An empty group has zeros.
    """
    there, starts = np.unique(group_of, return_index=True)
    every = [np.ones((1, group_of.size)), *map(np.atleast_2d, rows)]
    sums = np.zeros((max(map(len, every)), groups, len(every), len(every)))
    for i, one in enumerate(every):
        for j, other in enumerate(every[: i + 1]):
            sums[:, there, i, j] = np.add.reduceat(one * other, starts, axis=1)
            sums[:, :, j, i] = sums[:, :, i, j]
    return sums


def means(sums: Floats) -> Floats:
    """The mean of each row of `moments` in each group: (..., groups, m); 0 in a group without points."""
    found: Floats = sums[..., 1:, 0] / np.maximum(sums[..., :1, 0], 1.0)
    return found


def around_means(sums: Floats) -> Floats:
    """Sums of products around the means of each group: (..., groups, m, m)."""
    first = sums[..., 1:, 0]
    found: Floats = sums[..., 1:, 1:] - first[..., :, None] * means(sums)[..., None, :]
    return found


def solve(products: Floats) -> Solved:
    """Least squares of the last row on the others: from sums of products around means, (..., c + 1, c + 1).

    A column that does not vary, or that others make up, adds nothing.
    """
    square, with_score, of_score = products[..., :-1, :-1], products[..., :-1, -1], products[..., -1, -1]
    # Columns of one scale, so that what is nearly 0 is so beside its column.
    scale = np.sqrt(np.maximum(np.diagonal(square, axis1=-2, axis2=-1), 1e-300))
    inverse = np.linalg.pinv(square / (scale[..., :, None] * scale[..., None, :]), rcond=1e-9, hermitian=True)
    coefficients = np.einsum("...ij,...j->...i", inverse, with_score / scale) / scale
    left = of_score - np.einsum("...i,...i->...", coefficients, with_score)
    return Solved(coefficients, np.maximum(left, 0.0))
