"""Fits the law, performance = a + b log10(frequency): over the paper's bins, and over single concepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.bins import Bin, assign, counts_and_means, equal_width_edges
from jobs.analysis.correlation import p_value, pearson
from jobs.analysis.intervals import Band, bootstrap_lines, fit_line
from jobs.analysis.protocol import Protocol

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Law:
    """One fit. Scores keep their unit; a value that these concepts do not determine is None."""

    protocol: Protocol
    r: float
    """Pearson's r between edge and mean over the protocol's bins."""
    p: float
    """Two-sided, from the number of bins, also if bins have weights."""
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
    slope_low: float | None
    slope_high: float | None
    """The slope's 95 % percentile bootstrap interval over the concepts."""
    intercept: float
    """The line's score at frequency 1."""
    bin_table: tuple[Bin, ...]

    def expected(self, frequency: float) -> float:
        """The score of the line at this frequency."""
        return self.intercept + self.slope_per_decade * float(np.log10(max(frequency, self.protocol.zero_becomes)))


def fit_law(frequency: ArrayLike, score: ArrayLike, protocol: Protocol, draws: int = 1000, seed: int = 0) -> Law:
    """Fit the law to concepts: `frequency` (n,) in samples, `score` (n,) in any unit, paired by position.

    The binned r follows the published code of arXiv 2404.04125: x is the bin's upper edge in ln(frequency), y the mean
    score of its concepts. The unbinned slope has a percentile bootstrap interval of `draws` resamples. Raises
    ValueError if lengths differ, a value is not finite, a frequency is negative, or no correlation is defined because
    fewer than 3 bins are left, all frequencies are equal or all scores are equal.
    """
    x, y = _points(frequency, score, protocol)
    edges, members, means = _binned(x, y, protocol)
    present = _present(members, protocol)
    used = present & _inside(protocol.edges, protocol.drop_low, protocol.drop_high)
    r = _required_r(edges, members, means, used, protocol)
    decades = x / np.log(10)
    line = fit_line(decades, y)
    low, high = bootstrap_lines(decades, y, draws, seed).slope_interval() or (None, None)
    return Law(
        protocol=protocol,
        r=r,
        p=p_value(r, int(used.sum())),
        bins=int(used.sum()),
        empty_bins=int((members == 0).sum()),
        concepts=int(y.size),
        r_inner=_binned_r(edges, members, means, present & _inside(protocol.edges, 1, 1), protocol),
        r_all=_binned_r(edges, members, means, present, protocol),
        r_unbinned=pearson(decades, y),
        slope_per_decade=line.slope,
        slope_low=low,
        slope_high=high,
        intercept=line.intercept,
        bin_table=_table(edges, members.tolist(), means, used),
    )


def line_band(
    frequency: ArrayLike, score: ArrayLike, protocol: Protocol, draws: int = 1000, seed: int = 0
) -> Band | None:
    """The 95 % interval of the line that `fit_law` fits to the same arguments, from the same draws.

    Its x is log10(frequency); None if no draw gives a line. Raises ValueError as `fit_law` does for bad numbers.
    """
    x, y = _points(frequency, score, protocol)
    decades = x / np.log(10)
    return bootstrap_lines(decades, y, draws, seed).band(float(decades.min()), float(decades.max()))


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
    if y.size < 3:
        raise ValueError(f"{y.size} concepts with a score: at least 3 are needed")
    if np.ptp(y) == 0:
        raise ValueError(f"all {y.size} scores are equal ({y[0]:.6g}): no correlation is defined")
    return counts, y


def _inside(bins: int, drop_low: int, drop_high: int) -> Mask:
    position = np.arange(bins)
    return (position >= drop_low) & (position < bins - drop_high)


def _present(members: NDArray[np.int64], protocol: Protocol) -> Mask:
    enough = members >= max(1, protocol.min_concepts_per_bin)
    return enough | (members == 0) if protocol.empty == "zero" else enough


def _binned_r(edges: Floats, members: NDArray[np.int64], means: Floats, mask: Mask, protocol: Protocol) -> float | None:
    weights = members[mask].astype(np.float64) if protocol.weights == "concepts" else None
    return pearson(edges[mask], np.nan_to_num(means[mask]), weights)


def _required_r(edges: Floats, members: NDArray[np.int64], means: Floats, used: Mask, protocol: Protocol) -> float:
    bins = int(used.sum())
    if bins < 3:
        raise ValueError(
            f"fewer than 3 bins are left ({bins} of {protocol.edges}; {int((members == 0).sum())} are empty, "
            f"{protocol.drop_low} lowest and {protocol.drop_high} highest are left out)"
        )
    r = _binned_r(edges, members, means, used, protocol)
    if r is None:
        raise ValueError(f"all {bins} bins have one mean, so r is undefined")
    return r


def _table(edges: Floats, members: Sequence[int], means: Floats, used: Mask) -> tuple[Bin, ...]:
    return tuple(
        Bin(float(edge), float(np.exp(edge)), count, float(mean) if count else None, bool(use))
        for edge, count, mean, use in zip(edges, members, means, used, strict=True)
    )
