"""A row or grid of small axes in one style: headings above, a footnote below, the same scale in each."""

from __future__ import annotations

import textwrap

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jobs.figures.style import FAINT, INK, LABEL, MUTED, SMALL, decade_ticks, frequency_name, headings

# Colours that colour-blind readers can distinguish.
COLOURS = ("#123f66", "#c2510f", "#3c9a8f", "#8d5fa8", "#a08a1e", "#6b6b6b", "#c04a73", "#5b8db8")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
# In inches: the margins around the panels, and the gaps between them.
LEFT, RIGHT, TOP, BOTTOM, ACROSS, DOWN = 0.75, 0.2, 1.0, 1.05, 0.3, 0.75


def new_panels(
    rows: int,
    columns: int,
    title: str,
    subtitle: str,
    footnote: str,
    width: float = 3.3,
    height: float = 2.9,
    left: float = LEFT,
) -> tuple[Figure, list[Axes]]:
    """Make `rows` x `columns` panels, row by row; sizes and the margin `left` are in inches. Wraps the footnote."""
    whole = (
        left + RIGHT + columns * width + (columns - 1) * ACROSS,
        TOP + BOTTOM + rows * height + (rows - 1) * DOWN,
    )
    with matplotlib.rc_context(matplotlib.rcParamsDefault):
        figure = Figure(figsize=whole, dpi=150, facecolor="white")
        FigureCanvasAgg(figure)
        axes = []
        for place in range(rows * columns):
            row, column = divmod(place, columns)
            across, low = left + column * (width + ACROSS), BOTTOM + (rows - 1 - row) * (height + DOWN)
            spot = (across / whole[0], low / whole[1], width / whole[0], height / whole[1])
            axes.append(figure.add_axes(spot, facecolor="white"))
    # A letter of the footnote is about half as wide as high.
    headings(figure, title, subtitle, textwrap.fill(footnote, int(whole[0] * 72 / (0.53 * SMALL))))
    for one in axes:
        _plain(one)
    return figure, axes


def name_panel(axes: Axes, title: str, note: str = "") -> None:
    """A bold title above a panel, and a note at its right end."""
    axes.set_title(title, loc="left", size=LABEL, weight="bold", color=INK, pad=6, parse_math=False)
    axes.set_title(note, loc="right", size=SMALL, color=MUTED, pad=6, parse_math=False)


def frequency_axis(axes: Axes, low: float, high: float, zero: bool) -> None:
    """Label decades from log10 = low to high; if `zero`, the first is `0, 1`, as it also holds frequencies of 0."""
    axes.set_xlim(low - 0.03 * (high - low), high + 0.04 * (high - low))
    decades, _ = decade_ticks(low, high)
    if len(decades) > 5:
        decades = decades[::2]
    axes.set_xticks(decades, [f"0, {frequency_name(d)}" if zero and d == 0 else frequency_name(d) for d in decades])


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(which="both", colors=MUTED, labelsize=SMALL, length=0, pad=4)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
