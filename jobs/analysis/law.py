"""Fits the law, performance = a + b log10(frequency): over the paper's bins, and over single concepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.bins import Bin, assign, counts_and_means, equal_width_edges
from jobs.analysis.correlation import p_value, pearson
from jobs.analysis.line import fit_line, log_frequency
from jobs.analysis.protocol import Protocol

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# r over fewer points says little: unrelated normal points reach |r| > 0.9 in 29 of 100 draws of three, in 10 of four
# and in 4 of five. A protocol that uses fewer bins has chosen so: the paper's for text to image uses four.
FEW = 6


@dataclass(frozen=True)
class Law:
    """One fit. Scores keep their unit; a value that these concepts do not determine is None."""

    protocol: Protocol
    r: float | None
    """Pearson's r between edge and mean over the protocol's bins; None if they determine none."""
    no_r: str | None
    """The reason if r is None."""
    p: float | None
    """Two-sided, from the number of bins, also if bins have weights; None as r."""
    bins: int
    """Bins that r includes."""
    empty_bins: int
    """Bins without a concept, among all bins of the protocol."""
    concepts: int
    r_inner: float | None
    """r over all bins but the first and the last."""
    r_all: float | None
    """r over all bins."""
    r_unbinned: float | None
    """Pearson's r over the concepts themselves."""
    slope_per_decade: float
    """Least squares over the concepts: the gain in score for ten times the frequency."""
    intercept: float
    """The line's score at frequency 1."""
    bin_table: tuple[Bin, ...]

    def expected(self, frequency: float) -> float:
        """The score of the line at this frequency."""
        return self.intercept + self.slope_per_decade * float(log_frequency(frequency, self.protocol.zero_becomes))


def fit_law(frequency: ArrayLike, score: ArrayLike, protocol: Protocol) -> Law:
    """Fit the law to concepts: `frequency` (n,) in samples, `score` (n,) in any unit, paired by position.

    The binned r follows the published code of arXiv 2404.04125: x is the bin's upper edge in ln(frequency), y the mean
    score of its concepts. The line over the concepts needs no bins: it is fitted too if they determine no r. Its
    intervals are in `jobs.analysis.pooled`. Raises ValueError if lengths differ, a value is not finite, a frequency is
    negative, or no line is worth fitting: for fewer than `FEW`, or if all frequencies or scores are equal.
    """
    x, y = _points(frequency, score, protocol)
    edges, members, means = _binned(x, y, protocol)
    present = _present(members, protocol)
    kept, inner, every = (
        _inside(protocol.edges, *dropped) for dropped in ((protocol.drop_low, protocol.drop_high), (1, 1), (0, 0))
    )
    used = present & kept
    r, r_inner, r_all = (_binned_r(edges, members, means, present, inside, protocol) for inside in (kept, inner, every))
    # Not x / ln(10), of which the last digit is another one than in `pooled`.
    decades = log_frequency(frequency, protocol.zero_becomes)
    line = fit_line(decades, y)
    return Law(
        protocol=protocol,
        r=r,
        no_r=_reason(present, kept, members, protocol) if r is None else None,
        p=None if r is None else p_value(r, int(used.sum())),
        bins=int(used.sum()),
        empty_bins=int((members == 0).sum()),
        concepts=int(y.size),
        r_inner=r_inner,
        r_all=r_all,
        r_unbinned=pearson(decades, y),
        slope_per_decade=line.slope,
        intercept=line.intercept,
        bin_table=_table(edges, members.tolist(), means, used),
    )


def bin_table(frequency: ArrayLike, score: ArrayLike, protocol: Protocol) -> tuple[Bin, ...]:
    """The bins of the law that `fit_law` fits to the same arguments, without fitting it."""
    edges, members, means = _binned(*_points(frequency, score, protocol), protocol)
    used = _present(members, protocol) & _inside(protocol.edges, protocol.drop_low, protocol.drop_high)
    return _table(edges, members.tolist(), means, used)


def _points(frequency: ArrayLike, score: ArrayLike, protocol: Protocol) -> tuple[Floats, Floats]:
    """ln(frequency) and score of each concept."""
    counts, y = _checked(frequency, score)
    return np.log(np.maximum(counts, protocol.zero_becomes)), y


def _binned(x: Floats, y: Floats, protocol: Protocol) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Edge, number of concepts and mean score of each bin."""
    edges = equal_width_edges(x, protocol.edges)
    return edges, *counts_and_means(y, assign(x, edges), protocol.edges)


def _checked(frequency: ArrayLike, score: ArrayLike) -> tuple[Floats, Floats]:
    counts, y = np.asarray(frequency, np.float64), np.asarray(score, np.float64)
    if counts.shape != y.shape or counts.ndim != 1:
        raise ValueError(f"frequencies {counts.shape} and scores {y.shape} must be two lists of equal length")
    if not np.isfinite(y).all():
        bad = int((~np.isfinite(y)).sum())
        raise ValueError(f"{bad} of {y.size} scores are not finite: leave out those concepts")
    if not (np.isfinite(counts) & (counts >= 0)).all():
        bad = int((~(np.isfinite(counts) & (counts >= 0))).sum())
        raise ValueError(
            f"{bad} of {y.size} frequencies are negative or not finite: an unanswerable concept has none, leave it out"
        )
    if y.size < FEW:
        raise ValueError(
            f"{y.size} concepts with a score are too few: any {FEW - 1} points lie close to some line, at "
            f"least {FEW} are needed"
        )
    if np.ptp(y) == 0:
        raise ValueError(f"all {y.size} scores are equal ({y[0]:.6g}): no correlation is defined")
    return counts, y


def _inside(bins: int, drop_low: int, drop_high: int) -> Mask:
    position = np.arange(bins)
    return (position >= drop_low) & (position < bins - drop_high)


def _present(members: NDArray[np.int64], protocol: Protocol) -> Mask:
    enough = members >= max(1, protocol.min_concepts_per_bin)
    return enough | (members == 0) if protocol.empty == "zero" else enough


def _binned_r(
    edges: Floats, members: NDArray[np.int64], means: Floats, present: Mask, inside: Mask, protocol: Protocol
) -> float | None:
    """r over the bins that are present among those inside; None if they are too few or have one mean."""
    mask = present & inside
    if mask.sum() < _fewest(inside):
        return None
    weights = members[mask].astype(np.float64) if protocol.weights == "concepts" else None
    return pearson(edges[mask], np.nan_to_num(means[mask]), weights)


def _fewest(inside: Mask) -> int:
    """Bins that r needs: all that the protocol uses, if these are few, but three."""
    return max(3, min(FEW, int(inside.sum())))


def _reason(present: Mask, inside: Mask, members: NDArray[np.int64], protocol: Protocol) -> str:
    """Why the bins that are present among those inside determine no r."""
    bins = int((present & inside).sum())
    if bins >= _fewest(inside):
        return f"all {bins} bins have one mean, so r is undefined"
    small = int((~present & (members > 0)).sum())
    return (
        f"too few bins are left: {bins} of {protocol.edges}, and r needs {_fewest(inside)} "
        f"({int((members == 0).sum())} are empty, {small} have fewer than {protocol.min_concepts_per_bin} concepts, "
        f"{protocol.drop_low} lowest and {protocol.drop_high} highest are left out)"
    )


def _table(edges: Floats, members: Sequence[int], means: Floats, used: Mask) -> tuple[Bin, ...]:
    return tuple(
        Bin(float(edge), float(np.exp(edge)), count, float(mean) if count else None, bool(use))
        for edge, count, mean, use in zip(edges, members, means, used, strict=True)
    )
