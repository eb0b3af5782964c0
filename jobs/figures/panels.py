"""A row or grid of small axes with one look: headings above, a footnote below, the same scale in each."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from jobs.figures.style import FAINT, INK, LABEL, MUTED, SMALL, decade_ticks, frequency_name, headings

# Told apart by colour-blind readers, and by their marks.
COLOURS = ("#123f66", "#c2510f", "#3c9a8f", "#8d5fa8", "#a08a1e", "#6b6b6b")
MARKS = ("o", "s", "^", "D", "v", "P")
# In inches: what surrounds the panels, and the gaps between them.
LEFT, RIGHT, TOP, BOTTOM, ACROSS, DOWN = 0.75, 0.2, 1.05, 0.95, 0.3, 0.75


def new_panels(
    rows: int, columns: int, title: str, subtitle: str, footnote: str, width: float = 3.3, height: float = 3.0
) -> tuple[Figure, list[Axes]]:
    """`rows` x `columns` panels of that size (inches), row by row; ticks are named at the left and in the last row."""
    whole = (
        LEFT + RIGHT + columns * width + (columns - 1) * ACROSS,
        TOP + BOTTOM + rows * height + (rows - 1) * DOWN,
    )
    with matplotlib.rc_context(matplotlib.rcParamsDefault):
        figure = Figure(figsize=whole, dpi=150, facecolor="white")
        FigureCanvasAgg(figure)
        axes = []
        for place in range(rows * columns):
            row, column = divmod(place, columns)
            left, low = LEFT + column * (width + ACROSS), BOTTOM + (rows - 1 - row) * (height + DOWN)
            spot = (left / whole[0], low / whole[1], width / whole[0], height / whole[1])
            axes.append(figure.add_axes(spot, facecolor="white"))
    headings(figure, title, subtitle, footnote)
    for one in axes:
        _plain(one)
    return figure, axes


def name_panel(axes: Axes, title: str, lines: Sequence[str] = ()) -> None:
    """A bold title above a panel, and lines beneath it inside the axes at the top left."""
    axes.set_title(title, loc="left", size=LABEL, weight="bold", color=INK, pad=6, parse_math=False)
    if lines:
        axes.text(
            0.03, 0.97, "\n".join(lines), transform=axes.transAxes, size=SMALL, color=INK, va="top", parse_math=False
        )


def frequency_axis(axes: Axes, low: float, high: float, zero: bool) -> None:
    """Decades from log10 = low to high; the first is named `0, 1` where it holds concepts of frequency 0."""
    axes.set_xlim(low - 0.03 * (high - low), high + 0.04 * (high - low))
    decades, _ = decade_ticks(low, high)
    if len(decades) > 6:
        decades = decades[::2]
    axes.set_xticks(decades, [f"0, {frequency_name(d)}" if zero and d == 0 else frequency_name(d) for d in decades])


def share_axis(axes: Axes) -> None:
    """Ticks of a logarithmic y axis as plain decimals."""
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=MUTED, labelsize=SMALL, length=0, pad=4)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
