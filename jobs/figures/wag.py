"""Draws accuracy on rare classes against accuracy on a usual set, with a line on either side of a split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jobs.analysis.agreement import Piece
from jobs.figures.panels import COLOURS, MARKS
from jobs.figures.point_names import Box, marks, name_points
from jobs.figures.readable import readable
from jobs.figures.style import FAINT, INK, LABEL, MUTED, SMALL, headings, new_figure

Floats = NDArray[np.float64]
FOOTNOTE = "Dots: models. Lines: least squares over the models below and above the split. Dashed: equal accuracy."


def wag_figure(
    models: Sequence[tuple[str, str]],
    usual: Sequence[float],
    rare: Sequence[float],
    pieces: tuple[Piece, Piece],
    split: float,
    names: tuple[str, str],
    classes: tuple[int, int],
) -> Figure:
    """Draw models (n; backbone and corpus) by mean accuracy in percent on usual and rare classes.

    `names` and `classes` give first the usual set, then the rare one.
    """
    figure, axes = new_figure(7.0, 6.0)
    slopes = [f"{piece.line.slope:.2f} over {piece.points}" if piece.line else "none" for piece in pieces]
    counted = f"{len(models)} models; {classes[1]:,} rare classes, {classes[0]:,} usual ones"
    title = f"{names[1]} against {names[0]}"
    headings(figure, title, f"{counted}; slope below {split:g} %: {slopes[0]}, above: {slopes[1]}", FOOTNOTE)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.grid(color=FAINT, linewidth=0.6)
    axes.plot([0, 100], [0, 100], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
    points = np.column_stack([usual, rare])
    taken = [box for piece, side in zip(pieces, (points[:, 0] < split, points[:, 0] > split), strict=True)
             for box in _line(axes, piece, points[side])]  # fmt: skip
    corpora = list(dict.fromkeys(corpus for _, corpus in models))
    for place, corpus in enumerate(corpora):
        own = points[[corpus == other for _, other in models]]
        colour, mark = COLOURS[place % len(COLOURS)], MARKS[place % len(MARKS)]
        axes.scatter(own[:, 0], own[:, 1], s=30, zorder=3, label=readable(corpus), color=colour, marker=mark)
    axes.legend(loc="upper left", fontsize=SMALL, frameon=False, labelcolor=INK)
    axes.set_xlabel(f"mean accuracy on {names[0]}, %", size=LABEL, color=MUTED, labelpad=6)
    axes.set_ylabel(f"mean accuracy on {names[1]}, %", size=LABEL, color=MUTED, labelpad=8)
    name_points(axes, points, [readable(backbone) for backbone, _ in models], range(len(models)), taken, len(models))
    return figure


def _line(axes: Axes, piece: Piece, points: Floats) -> list[Box]:
    """Draw a piece over its points (n, 2); returns the boxes that names must not cover."""
    if piece.line is None:
        return []
    ends = np.array([points[:, 0].min(), points[:, 0].max()])
    axes.plot(ends, piece.line.intercept + piece.line.slope * ends, color=MUTED, linewidth=1.4)
    along = np.linspace(ends[0], ends[1], 60)
    return marks(axes, np.column_stack([along, piece.line.intercept + piece.line.slope * along]), 2.0)
