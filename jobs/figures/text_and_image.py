"""Draws text frequency against image frequency: concepts that captions name, that images show, or both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from jobs.figures.point_names import Box, marks, name_points, spread_order
from jobs.figures.readable import readable
from jobs.figures.style import (
    FAINT,
    LABEL,
    MARK,
    MUTED,
    SMALL,
    decade_ticks,
    frequency_name,
    headings,
    limits,
    new_figure,
)
from jobs.figures.svg import svg_with_titles

Floats = NDArray[np.float64]
CONCEPTS = "concepts"
# The places of 0 and of the rule that separates it from 1 on a logarithmic axis.
ZERO, RULE = -0.6, -0.3
NAMED = 30
FOOTNOTE = "Each dot is a concept. On the diagonal both searches find it equally often; 0 has its own strip."


def frequency_figure(names: Sequence[str], text: ArrayLike, image: ArrayLike, title: str) -> Figure:
    """A scatter of two searches' frequencies on logarithmic axes, from three sequences of equal length (n,)."""
    counts = np.asarray(text, np.float64), np.asarray(image, np.float64)
    x, y = (np.where(count > 0, np.log10(np.maximum(count, 1)), ZERO) for count in counts)
    figure, axes = new_figure(6.6, 6.1)
    headings(figure, readable(title), summary(*counts), FOOTNOTE)
    both = limits(np.concatenate([x, y, [0.0, 1.0]]), 0.05)
    axes.set_xlim(*both)
    axes.set_ylim(*both)
    _axis(axes, both, "samples whose caption names it", "samples whose image shows it")
    axes.plot([0, both[1]], [0, both[1]], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.scatter(x, y, s=18 if x.size < 300 else 10, color=MARK, alpha=0.45, linewidths=0, gid=CONCEPTS, zorder=2)
    shown = [readable(name) for name in names]
    # Concepts far from the diagonal come first, and frequent ones before rare ones.
    order = spread_order(x, np.abs(x - y) + 0.5 * np.maximum(x, y))
    name_points(axes, np.column_stack([x, y]), shown, order, _rules(axes, both), NAMED)
    return figure


def frequency_svg(names: Sequence[str], text: ArrayLike, image: ArrayLike, title: str) -> str:
    """The same picture as SVG; each dot has its concept and both frequencies as a title."""
    pairs = zip(names, np.asarray(text), np.asarray(image), strict=True)
    titles = [f"{readable(name)}\n{in_text:,} by text\n{in_image:,} by image" for name, in_text, in_image in pairs]
    return svg_with_titles(frequency_figure(names, text, image, title), {CONCEPTS: titles}, readable(title))


def summary(text: Floats, image: Floats) -> str:
    """The numbers of concepts that both searches find, that only one finds, and that neither finds."""
    in_text, in_image = text > 0, image > 0
    return (
        f"{text.size:,} concepts: both find {int((in_text & in_image).sum()):,}, "
        f"only text {int((in_text & ~in_image).sum()):,}, only image {int((in_image & ~in_text).sum()):,}, "
        f"neither {int((~in_text & ~in_image).sum()):,}"
    )


def _rules(axes: Axes, span: tuple[float, float]) -> list[Box]:
    """The boxes along the diagonal and the rule above 0, which names must not cover."""
    along = np.linspace(*span, 150)
    diagonal = along[along >= 0]
    lines = [(diagonal, diagonal), (along, np.full_like(along, RULE))]
    return [box for x, y in lines for box in marks(axes, np.column_stack([x, y]), 2.0)]


def _axis(axes: Axes, span: tuple[float, float], across: str, along: str) -> None:
    decades, minor = decade_ticks(max(span[0], 0.0), span[1])
    ticks, labels = [ZERO, *decades], ["0", *(frequency_name(decade) for decade in decades)]
    axes.set_xticks(ticks, labels)
    axes.set_yticks(ticks, labels)
    axes.set_xticks(minor, minor=True)
    axes.set_yticks(minor, minor=True)
    axes.axvline(RULE, color=FAINT, linewidth=0.8)
    axes.axhline(RULE, color=FAINT, linewidth=0.8)
    axes.set_xlabel(across, size=LABEL, color=MUTED, labelpad=6)
    axes.set_ylabel(along, size=LABEL, color=MUTED, labelpad=6)
    axes.tick_params(labelsize=SMALL)
