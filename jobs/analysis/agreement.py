"""Compares the frequencies of the same concepts in two corpora, and fits one accuracy against another in two pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from jobs.analysis.correlation import pearson, spearman
from jobs.analysis.line import Line, fit_line

# Concept list -> concept -> samples.
ByList = Mapping[str, Mapping[str, int]]


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


def each_once(lists: ByList) -> dict[str, int]:
    """Distinct concepts with the frequency of the first list that has them; lists and their concepts ascend."""
    found: dict[str, int] = {}
    for name in sorted(lists):
        for concept, frequency in sorted(lists[name].items()):
            found.setdefault(concept, frequency)
    return found


def by_name(first: ByList, second: ByList) -> FrequencyAgreement:
    """Compare two corpora over all concepts of all their lists, each name once.

    A name that a list of both has is compared within the first such list, because lists may differ in their counts.
    """
    pairs: dict[str, tuple[int, int]] = {}
    for name in sorted(first.keys() & second.keys()):
        for concept in first[name].keys() & second[name].keys():
            pairs.setdefault(concept, (first[name][concept], second[name][concept]))
    one, other = each_once(first), each_once(second)
    for concept in one.keys() & other.keys():
        pairs.setdefault(concept, (one[concept], other[concept]))
    # In the order of names, so that sums round alike in every process.
    columns = np.array([pairs[concept] for concept in sorted(pairs)], np.float64).reshape(-1, 2)
    return agreement(columns[:, 0], columns[:, 1])


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
