"""The style of every figure: a blue and an orange, which colour-blind readers can distinguish, and greys."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jobs.figures.readable import shortened, width_in_ems

INK = "#1c2733"
MUTED = "#66727f"
FAINT = "#dfe4e9"
POINT = "#5b8db8"
MARK = "#123f66"
ACCENT = "#c2510f"

TITLE, LABEL, SMALL = 12.5, 9.5, 8.0
# Margins in inches.
LEFT, BOTTOM, TOP, EDGE = 0.85, 1.0, 0.76, 0.1

FREQUENCY = "frequency: samples that hold the concept"


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure (inches) on its own Agg canvas, with axes that leave room for headings and a footnote."""
    # The library's own defaults for this figure only, because a user's matplotlibrc must not change a report.
    with matplotlib.rc_context(matplotlib.rcParamsDefault):
        figure = Figure(figsize=(width, height), dpi=150, facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes(
            (LEFT / width, BOTTOM / height, 1 - (LEFT + 0.25) / width, 1 - (BOTTOM + TOP) / height),
            facecolor="white",
        )
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=MUTED, labelsize=SMALL + 0.5, length=0, pad=5)
    axes.tick_params(which="minor", length=2.5, color=FAINT)
    axes.set_axisbelow(True)
    return figure, axes


def headings(figure: Figure, title: str, subtitle: str, footnote: str) -> None:
    """Write the title and one line of numbers above the axes, and the explanation of the marks below them."""
    width, height = figure.get_size_inches()
    left = EDGE / width
    # parse_math is off, because a concept may be called "US$ 5 or $ 10".
    # A long title gets a smaller font, down to the size of a label, and is then cut. Bold is a tenth wider.
    room = (width - EDGE - 0.1) * 72 / (1.1 * width_in_ems(title) or 1)
    size = float(np.clip(room, LABEL, TITLE))
    shown = shortened(title, int(len(title) * min(1.0, room / size)))
    figure.text(left, 1 - 0.30 / height, shown, size=size, weight="bold", color=INK, va="baseline", parse_math=False)
    figure.text(left, 1 - 0.56 / height, subtitle, size=LABEL, color=INK, va="baseline", parse_math=False)
    figure.text(left, 0.42 / height, footnote, size=SMALL, color=MUTED, va="top", parse_math=False)


def decade_ticks(low: float, high: float) -> tuple[list[int], list[float]]:
    """Whole decades from log10 = low to high, and the 2 to 9 of each between them."""
    decades = list(range(int(np.ceil(low)), int(np.floor(high)) + 1))
    steps = [decade + np.log10(digit) for decade in range(int(np.floor(low)), int(high) + 1) for digit in range(2, 10)]
    return decades, [step for step in steps if low <= step <= high]


def frequency_name(log10: int) -> str:
    """10^log10 as a reader would write it: 1, 1,000, 1 M, 10 G; below 1 as a fraction."""
    for power, unit in ((9, " G"), (6, " M")):
        if log10 >= power:
            return f"{10 ** (log10 - power):,}{unit}"
    return f"{10**log10:,}"


def frequency_axis(axes: Axes, label: str, zero_at: float | None = None) -> None:
    """Name the decades of an x axis in log10 of frequency; `zero_at`: where frequencies of 0 stand, if any are."""
    major, minor = decade_ticks(*axes.get_xlim())
    names = [f"0 or {frequency_name(tick)}" if tick == zero_at else frequency_name(tick) for tick in major]
    axes.set_xticks(major, names)
    axes.set_xticks(minor, minor=True)
    axes.set_xlabel(label, size=LABEL, color=MUTED, labelpad=6, parse_math=False)


def limits(values: NDArray[np.float64], margin: float = 0.04) -> tuple[float, float]:
    """The lowest and highest value with a margin on either side; the span is never empty."""
    low, high = float(values.min()), float(values.max())
    space = (high - low) * margin or 0.5
    return low - space, high + space
