"""How far a form is off for concepts, and for sets, that it has not seen.

A concept that is left out is predicted from the level of its set among the others. The level of a set that is left out
cannot be known: its scores and columns are taken around their means, so that only the shape is predicted. A form's
shape is chosen anew without what is left out.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.forms.moments import around_means, means, moments, solve
from jobs.analysis.forms.shapes import Form

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FOLDS = 10
IN_CACHE = 1 << 17


def folds_of(names: Sequence[str]) -> Integers:
    """The fold of each name (n,): from its own letters, so that it is the same in every set and in every fit."""
    return np.array([zlib.crc32(name.encode("utf-8", "surrogatepass")) % FOLDS for name in names], np.int64)


@dataclass(frozen=True)
class FormSearch:
    """A form tried with each shape of its grid over points (n,): x, scores, sets numbered from 0, and folds."""

    form: Form
    x: Floats
    y: Floats
    set_of: Integers
    fold_of: Integers

    @property
    def best(self) -> Floats:
        """The shape that leaves the least squares over all points: (numbers,)."""
        chosen: Floats = self._grid[self._best(around_means(self._sums.sum(1)).sum(1))]
        return chosen

    @cached_property
    def errors_of_concepts(self) -> Floats:
        """Score less prediction of each point (n,), without the names of its fold; NaN if its set has no others."""
        others = self._sums.sum(1, keepdims=True) - self._sums
        products = around_means(others).sum(2)
        errors = np.full(self.x.size, np.nan)
        for fold in range(FOLDS):
            inside = np.flatnonzero(self.fold_of == fold)
            at = self._best(products[:, fold])
            level, seen = means(others[at, fold])[self.set_of[inside]], others[at, fold, self.set_of[inside], 0, 0]
            errors[inside] = np.where(seen > 0, self._off(inside, at, level, products[at, fold]), np.nan)
        return errors

    @cached_property
    def errors_of_sets(self) -> Floats:
        """Score less prediction around the means of its set, for each point (n,), without its set."""
        sums = self._sums.sum(1)
        own = around_means(sums)
        products = own.sum(1, keepdims=True) - own
        errors = np.full(self.x.size, np.nan)
        for one in range(sums.shape[1]):
            inside = np.flatnonzero(self.set_of == one)
            at = self._best(products[:, one])
            errors[inside] = self._off(inside, at, means(sums[at, one]), products[at, one])
        return errors

    @cached_property
    def _grid(self) -> Floats:
        return self.form.grid(self.x)

    @cached_property
    def _sums(self) -> Floats:
        """Moments for each shape, fold and set: (g, folds, sets, m, m)."""
        sets = int(self.set_of.max()) + 1
        group_of = self.fold_of * sets + self.set_of
        order = np.argsort(group_of, kind="stable")
        x, y, group_of = self.x[order], self.y[order], group_of[order]
        # So many shapes at a time that their columns stay in the processor's cache.
        some = max(1, IN_CACHE // x.size)
        parts = [
            moments((*self.form.columns(self._grid[at : at + some], x), y), group_of, FOLDS * sets)
            for at in range(0, len(self._grid), some)
        ]
        sums = np.concatenate(parts)
        return sums.reshape(len(sums), FOLDS, sets, *sums.shape[2:])

    def _best(self, products: Floats) -> int:
        return int(np.argmin(solve(products).left))

    def _off(self, inside: Integers, at: int, level: Floats, products: Floats) -> Floats:
        """What the fit of these products is off at some points, given the mean columns and score of their sets."""
        columns = np.vstack(self.form.columns(self._grid[at : at + 1], self.x[inside]))
        slopes = solve(products).coefficients
        return self.y[inside] - level[..., -1] - (columns.T - level[..., :-1]) @ slopes
