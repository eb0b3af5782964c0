"""Draws one law: concepts, bins, and the line with the interval of its slope over the logarithm of frequency."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.law import Law
from jobs.analysis.line import log_frequency
from jobs.analysis.pooled import Pooled
from jobs.figures.point_names import marks, name_points, spread_order
from jobs.figures.readable import readable
from jobs.figures.style import (
    ACCENT,
    FAINT,
    FREQUENCY,
    LABEL,
    MARK,
    MUTED,
    POINT,
    SMALL,
    frequency_axis,
    headings,
    limits,
    new_figure,
)
from jobs.figures.svg import svg_with_titles

Floats = NDArray[np.float64]
CONCEPTS = "concepts"
NAMED = 28
RISE = 10.0
FOOTNOTE = (
    "Dots: concepts. Large marks: mean of a bin, at its upper edge, with its number of concepts;\n"
    "hollow: left out of r. {line}"
)
ONE_SET = "Line: least squares over the concepts; shaded: the 95 % interval of its slope."
SEVERAL_SETS = "Line: slope within sets; shaded: its 95 % interval. Dashed: all sets as one pool."


def law_figure(
    names: Sequence[str],
    frequency: ArrayLike,
    score: ArrayLike,
    law: Law,
    pooled: Pooled,
    title: str,
    score_label: str = "zero-shot accuracy",
    frequency_label: str = FREQUENCY,
) -> Figure:
    """Draw a fitted law over its concepts: three sequences of equal length (n,), as they were given to `fit_law`.

    `pooled` describes the same concepts: it has the slope that the line shows.
    """
    counts, y = np.asarray(frequency, np.float64), np.asarray(score, np.float64)
    x = log_frequency(counts, law.protocol.zero_becomes)
    figure, axes = new_figure(8.0, 4.9)
    footnote = FOOTNOTE.format(line=SEVERAL_SETS if pooled.leads_within else ONE_SET)
    headings(figure, readable(title), summary(law, pooled), footnote)
    axes.set_xlim(*limits(x))
    axes.set_ylim(*limits(y, 0.06))
    frequency_axis(axes, frequency_label, np.log10(law.protocol.zero_becomes) if (counts == 0).any() else None)
    axes.set_ylabel(readable(score_label), size=LABEL, color=MUTED, labelpad=8, parse_math=False)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    _concepts(axes, x, y)
    _lines(axes, law, pooled, x, y)
    bins, rises = _bins(axes, law)
    residual = np.abs(y - law.intercept - law.slope_per_decade * x)
    along = np.linspace(x.min(), x.max(), 60)
    pool = np.column_stack([along, law.intercept + law.slope_per_decade * along])
    leading = np.column_stack([along, y.mean() + pooled.leading.value * (along - x.mean())])
    counted = [box for at, rise in zip(bins, rises, strict=True) for box in marks(axes, at[None], 6.5, rise)]
    taken = marks(axes, bins, 6.5) + counted + marks(axes, np.vstack([pool, leading]), 2.5)
    shown = [readable(name) for name in names]
    name_points(axes, np.column_stack([x, y]), shown, spread_order(x, residual), taken, NAMED)
    return figure


def law_svg(
    names: Sequence[str],
    frequency: ArrayLike,
    score: ArrayLike,
    law: Law,
    pooled: Pooled,
    title: str,
    score_label: str = "zero-shot accuracy",
) -> str:
    """The same picture as SVG; each concept's dot has its name, frequency and score as a title."""
    figure = law_figure(names, frequency, score, law, pooled, title, score_label)
    counts, y = np.asarray(frequency, np.float64), np.asarray(score, np.float64)
    titles = [
        f"{readable(name)}\n{count:,.0f} sample{'' if count == 1 else 's'}\n"
        f"{readable(score_label)} {value:.3g} (all sets pooled: {law.expected(count):.3g})"
        for name, count, value in zip(names, counts, y, strict=True)
    ]
    return svg_with_titles(figure, {CONCEPTS: titles}, readable(title))


def summary(law: Law, pooled: Pooled) -> str:
    """One line with r and slope, in the order of the protocol, and the number of concepts."""
    binned = "no r over bins" if law.r is None else f"r = {law.r:.2f} over {law.bins} bins"
    slope = f"{pooled.leading.in_brackets()} per decade"
    if pooled.leads_within:
        slope += f" within {pooled.sets} sets, {law.slope_per_decade:+.3g} pooled"
    first, second = (slope, binned) if law.protocol.first == "slope" else (binned, slope)
    return f"{first}  ·  {second}  ·  {law.concepts:,} concepts"


def _concepts(axes: Axes, x: Floats, y: Floats) -> None:
    # Thousands of dots should form a cloud, and a few dozen should stay visible.
    alpha, size = (0.6, 16) if x.size < 300 else (0.28, 9)
    axes.scatter(x, y, s=size, color=POINT, alpha=alpha, linewidths=0, gid=CONCEPTS, zorder=2)


def _lines(axes: Axes, law: Law, pooled: Pooled, x: Floats, y: Floats) -> None:
    """The line of the leading slope through the mean of the concepts, and the pooled one if it is another."""
    slope, ends = pooled.leading, np.array([x.min(), x.mean(), x.max()])
    if slope.low is not None and slope.high is not None:
        low, high = (y.mean() + end * (ends - x.mean()) for end in (slope.low, slope.high))
        axes.fill_between(ends, low, high, color=ACCENT, alpha=0.16, linewidth=0, zorder=3)
    axes.plot(ends, y.mean() + slope.value * (ends - x.mean()), color=ACCENT, linewidth=1.6, zorder=4)
    if pooled.leads_within:
        axes.plot(
            ends, law.intercept + law.slope_per_decade * ends, color=ACCENT, linewidth=1, linestyle="--", zorder=4
        )


def _bins(axes: Axes, law: Law) -> tuple[Floats, list[float]]:
    """Draw the bins that hold concepts; returns their places (m, 2) and the distances of their numbers above them."""
    filled = [b for b in law.bin_table if b.mean is not None]
    points = np.array([[b.edge / np.log(10), b.mean] for b in filled], np.float64)
    rises = [RISE if y >= law.intercept + law.slope_per_decade * x else -RISE for x, y in points]
    for b, (x, y), rise in zip(filled, points, rises, strict=True):
        face = MARK if b.used else "white"
        axes.plot(x, y, "o", markersize=7.5, color=face, markeredgecolor=MARK, markeredgewidth=1.3, zorder=5)
        # Write the number on the side of the mark that the line does not cross.
        axes.annotate(
            f"{b.concepts:,}", (x, y), xytext=(0, rise), textcoords="offset points", ha="center",
            va="center_baseline", size=SMALL, color=MARK, weight="bold", zorder=6,
        )  # fmt: skip
    return points, rises
