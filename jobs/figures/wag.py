"""Accuracy on rare classes against accuracy on a usual set, with a line on either side of a split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from jobs.analysis.pairs import Piece
from jobs.figures.labels import marks, name_points
from jobs.figures.names import readable
from jobs.figures.style import ACCENT, FAINT, LABEL, MARK, MUTED, headings, new_figure

FOOTNOTE = "Dots: models. Lines: least squares over the models below and above the split. Dashed: equal accuracy."


def wag_figure(
    models: Sequence[str],
    usual: Sequence[float],
    rare: Sequence[float],
    pieces: tuple[Piece, Piece],
    split: float,
    names: tuple[str, str],
    classes: tuple[int, int],
) -> Figure:
    """Draw models (n) by mean accuracy in percent on the usual and the rare classes; `names` and `classes` of both."""
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
    axes.scatter(usual, rare, s=26, color=MARK, zorder=3)
    axes.set_xlabel(f"mean accuracy on {names[0]}, %", size=LABEL, color=MUTED, labelpad=6)
    axes.set_ylabel(f"mean accuracy on {names[1]}, %", size=LABEL, color=MUTED, labelpad=8)
    name_points(axes, points, [readable(model) for model in models], range(len(models)), taken, len(models))
    return figure


def _line(axes, piece: Piece, points: np.ndarray) -> list:  # type: ignore[no-untyped-def, type-arg]
    if piece.line is None:
        return []
    ends = np.array([points[:, 0].min(), points[:, 0].max()])
    axes.plot(ends, piece.line.intercept + piece.line.slope * ends, color=ACCENT, linewidth=1.8)
    along = np.linspace(*ends, 60)
    return marks(axes, np.column_stack([along, piece.line.intercept + piece.line.slope * along]), 2.0)
