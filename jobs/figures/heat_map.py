"""Draws how strongly concepts are associated: a matrix of NPMI, ordered so that groups are seen as blocks."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jobs.analysis.association import cluster_order
from jobs.figures.readable import readable, shortened
from jobs.figures.style import ACCENT, FAINT, INK, LABEL, MARK, MUTED, SMALL, headings

Floats = NDArray[np.float64]
# Apart from the paler middle these are the blue and the orange of all figures.
COLOURS = LinearSegmentedColormap.from_list("association", [MARK, "#8fb3d1", "#ffffff", "#eda36e", ACCENT])
NEVER = "#eceff2"
# In inches: a cell, the margins, the colour bar with its numbers, and the least width, which the headings need.
CELL, EDGE, TOP, FOOT, BAR, LEAST = 0.2, 0.15, 0.85, 0.75, 0.95, 6.5
# Letters of a name, and the steps in which the end of the scale is rounded up.
NAME, STEP = 24, 0.1


def heat_map(names: Sequence[str], npmi: Floats, title: str, subtitle: str) -> Figure:
    """Draw the NPMI of n concepts: a symmetric matrix (n, n), NaN where two never occur together. n is at least 2.

    Concepts that never occur together are as far apart as NPMI -1 in the order of rows and columns.
    """
    order = cluster_order(np.nan_to_num(npmi, nan=-1.0))
    with matplotlib.rc_context(matplotlib.rcParamsDefault):
        figure = Figure(dpi=150, facecolor="white")
        FigureCanvasAgg(figure)
        axes, bar = (figure.add_axes((0, 0, 1, 1), label=name, facecolor=NEVER) for name in ("cells", "scale"))
    end = _scale(npmi)
    cells = np.ma.masked_invalid(npmi[np.ix_(order, order)])
    mesh = axes.pcolormesh(cells, cmap=COLOURS, vmin=-end, vmax=end, edgecolors="white", linewidth=0.5)
    _name_cells(axes, [shortened(readable(names[place]), NAME) for place in order])
    figure.colorbar(mesh, cax=bar).outline.set_visible(False)
    bar.tick_params(colors=MUTED, labelsize=SMALL, length=0)
    bar.set_title("NPMI", size=LABEL, color=INK, pad=8, loc="left")
    _lay_out(figure, axes, bar, len(names))
    headings(figure, readable(title), readable(subtitle), _footnote(figure))
    return figure


def _lay_out(figure: Figure, axes: Axes, bar: Axes, count: int) -> None:
    """Square cells, room for the names as they are drawn on the left and below, and the colour bar on the right."""
    with warnings.catch_warnings():
        # A box is drawn for a letter that matplotlib's font lacks; an SVG takes it from the reader's fonts.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        widest = max(label.get_window_extent().width for label in axes.get_yticklabels())
    side, word = CELL * count, widest / figure.dpi + 0.1
    width, height = max(LEAST, word + 2 * EDGE + side + BAR), TOP + side + word + FOOT
    figure.set_size_inches(width, height)
    left, low, tall = EDGE + word, FOOT + word, min(side, 2.5)
    axes.set_position((left / width, low / height, side / width, side / height))
    bar.set_position(((left + side + 0.25) / width, (low + side - tall) / height, 0.16 / width, tall / height))


def _footnote(figure: Figure) -> str:
    text = (
        "Normalised pointwise mutual information of each pair: 1 if the two always occur together, 0 if as often as by "
        "chance, below 0 if more rarely. Grey: never together, or left out as too rare. The order puts associated "
        "concepts side by side."
    )
    # A letter of the footnote is about half as wide as high.
    return textwrap.fill(text, int(figure.get_size_inches()[0] * 72 / (0.53 * SMALL)))


def _scale(npmi: Floats) -> float:
    """The end of the scale: the largest value beside 0, in whole steps, so that weak associations are seen as well."""
    return float(np.ceil(np.nanmax(np.abs(npmi), initial=STEP) / STEP - 1e-9) * STEP)


def _name_cells(axes: Axes, names: Sequence[str]) -> None:
    middles = np.arange(len(names)) + 0.5
    axes.invert_yaxis()
    for axis, turned in ((axes.xaxis, 90), (axes.yaxis, 0)):
        axis.set_ticks(middles, names, rotation=turned, parse_math=False)
    axes.tick_params(colors=INK, labelsize=SMALL, length=0, pad=3)
    axes.spines[:].set_color(FAINT)
