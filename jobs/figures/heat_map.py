"""Draws how strongly concepts are associated: a matrix of NPMI, ordered so that groups are seen as blocks."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jobs.analysis.association import cluster_order
from jobs.figures.readable import readable, shortened, width_in_ems
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
    shown = [shortened(readable(names[place]), NAME) for place in order]
    figure, axes, bar = _new_figure(shown)
    headings(figure, readable(title), readable(subtitle), _footnote(figure))
    end = _scale(npmi)
    cells = np.ma.masked_invalid(npmi[np.ix_(order, order)])
    mesh = axes.pcolormesh(cells, cmap=COLOURS, vmin=-end, vmax=end, edgecolors="white", linewidth=0.5)
    _name_cells(axes, shown)
    scale = figure.colorbar(mesh, cax=bar)
    scale.outline.set_visible(False)
    bar.tick_params(colors=MUTED, labelsize=SMALL, length=0)
    bar.set_title("NPMI", size=LABEL, color=INK, pad=8, loc="left")
    return figure


def _new_figure(names: Sequence[str]) -> tuple[Figure, Axes, Axes]:
    """A figure with square cells, room for the names on the left and below, and a colour bar on the right."""
    side, word = CELL * len(names), max(width_in_ems(name) for name in names) * 0.9 * SMALL / 72 + 0.1
    width, height = max(LEAST, word + 2 * EDGE + side + BAR), TOP + side + word + FOOT
    with matplotlib.rc_context(matplotlib.rcParamsDefault):
        figure = Figure(figsize=(width, height), dpi=150, facecolor="white")
        FigureCanvasAgg(figure)
        left, low = EDGE + word, FOOT + word
        axes = figure.add_axes((left / width, low / height, side / width, side / height), facecolor=NEVER)
        tall = min(side, 2.5)
        spot = ((left + side + 0.25) / width, (low + side - tall) / height, 0.16 / width, tall / height)
        bar = figure.add_axes(spot)
    return figure, axes, bar


def _footnote(figure: Figure) -> str:
    text = (
        "Normalised pointwise mutual information of each pair: 1 if the two always occur together, 0 if as often as by "
        "chance, below 0 if more rarely. Grey: never together. The order puts associated concepts side by side."
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
