"""Compares the frequencies of the same concepts in two corpora, and fits one accuracy against another in two pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from jobs.analysis.correlation import pearson, spearman
from jobs.analysis.line import Line, fit_line


@dataclass(frozen=True)
class FrequencyAgreement:
    """How well two frequencies of the same concepts agree; None below 3 pairs, or if one does not vary."""

    paired: int
    spearman: float | None
    pearson_log: float | None
    """Pearson's r between logarithms; a frequency of 0 counts as 1."""


@dataclass(frozen=True)
class Piece:
    """Least squares over the points on one side of a split."""

    points: int
    line: Line | None
    """None below 2 points, or if all x are equal."""


def agreement(first: ArrayLike, second: ArrayLike) -> FrequencyAgreement:
    """Compare frequencies (n,), paired by position, in samples."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    logs = np.log(np.maximum(a, 1)), np.log(np.maximum(b, 1))
    if a.size < 3:
        return FrequencyAgreement(int(a.size), None, None)
    return FrequencyAgreement(int(a.size), spearman(a, b), pearson(*logs))


def two_pieces(x: ArrayLike, y: ArrayLike, split: float) -> tuple[Piece, Piece]:
    """Fit a line to the points (n,) with x below `split`, and one to those above; points at the split are left out."""
    at, values = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return _piece(at, values, at < split), _piece(at, values, at > split)


def _piece(x: np.ndarray, y: np.ndarray, mask: np.ndarray) -> Piece:
    inside = x[mask]
    line = fit_line(inside, y[mask]) if inside.size > 1 and np.ptp(inside) > 0 else None
    return Piece(int(inside.size), line)
