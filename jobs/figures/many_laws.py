"""Draws several laws side by side: one panel per search, threshold or metric, with a line of bins for each model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from jobs.analysis.law import Law
from jobs.analysis.line import log_frequency
from jobs.analysis.pooled import Pooled
from jobs.figures.panels import COLOURS, MARKS, frequency_axis, name_panel, new_panels
from jobs.figures.readable import readable
from jobs.figures.style import FAINT, INK, LABEL, MUTED, POINT, SMALL, limits

Floats = NDArray[np.float64]
# Up to this many models each have a colour, a mark and a line of numbers; if there are more, all look the same.
NAMED = 4
MARKED = "Marks: mean of a bin, at its upper edge; hollow: left out of r. Dots: concepts, for the first model."
LINED = "Lines: means of the bins, at their upper edges, one line per model."
NUMBERS = (
    "Beside r: slope per decade, within sets if there are several, with its 95 % interval. "
    "r between bin means is high by construction of means."
)


@dataclass(frozen=True)
class Series:
    """One model's law, over concepts of these frequencies (samples) and scores."""

    label: str
    frequency: Floats
    score: Floats
    law: Law
    pooled: Pooled


@dataclass(frozen=True)
class Panel:
    """The contents of one panel."""

    title: str
    series: Sequence[Series]


def laws_figure(
    panels: Sequence[Panel], title: str, score_label: str, span: tuple[float, float] | None = None
) -> Figure:
    """Draw the panels, three in a row. `span` limits the scores; without it each panel has its own limits."""
    columns = 2 if len(panels) == 4 else min(3, len(panels))
    rows = -(-len(panels) // columns)
    many = len(panels[0].series) > NAMED
    footnote = LINED if many else f"{MARKED} {NUMBERS}"
    width = 6.2 if len(panels) == 1 else 3.3
    figure, axes = new_panels(rows, columns, readable(title), _subtitle(panels), footnote, width)
    for place, one in enumerate(axes):
        if place >= len(panels):
            one.set_visible(False)
            continue
        _draw(one, panels[place], span)
        if span is not None and place % columns:
            one.set_yticklabels([])
        if place % columns == 0:
            one.set_ylabel(score_label, size=LABEL, color=MUTED)
        if place + columns >= len(panels):
            one.set_xlabel("frequency of the concept", size=LABEL, color=MUTED)
    return figure


def _subtitle(panels: Sequence[Panel]) -> str:
    models = {series.label for panel in panels for series in panel.series}
    protocol = panels[0].series[0].law.protocol
    left_out = f"{protocol.drop_low} lowest and {protocol.drop_high} highest left out of r"
    plural = "s" if len(models) > 1 else ""
    return f"{len(models)} model{plural}; {protocol.name} protocol: {protocol.edges} bins, {left_out}"


def _draw(axes: Axes, panel: Panel, span: tuple[float, float] | None) -> None:
    first = panel.series[0]
    least = first.law.protocol.zero_becomes
    x = log_frequency(first.frequency, least)
    many = len(panel.series) > NAMED
    shown = span or _span(panel, many)
    if not many:
        axes.scatter(x, first.score, s=3, color=POINT, alpha=0.16, linewidths=0, zorder=1)
    for place, series in enumerate(panel.series):
        _bins(axes, series.law, place, many)
    frequency_axis(axes, float(x.min()), float(x.max()), bool((first.frequency == 0).any()))
    # The upper part has the numbers.
    room = 0.04 + 0.075 * (1 if many else len(panel.series))
    axes.set_ylim(shown[0], shown[1] + room * (shown[1] - shown[0]))
    if span is not None:
        axes.set_yticks(np.linspace(*span, 6))
    name_panel(axes, panel.title, f"{first.law.concepts:,} concepts")
    _numbers(axes, panel, many)


def _span(panel: Panel, many: bool) -> tuple[float, float]:
    means = np.array([one.mean for series in panel.series for one in series.law.bin_table if one.mean is not None])
    return limits(means if many else np.concatenate([means, panel.series[0].score]), 0.05)


def _bins(axes: Axes, law: Law, place: int, many: bool) -> None:
    colour, mark = (MUTED, "o") if many else (COLOURS[place % len(COLOURS)], MARKS[place % len(MARKS)])
    filled = [one for one in law.bin_table if one.mean is not None]
    at, means = [one.edge / np.log(10) for one in filled], [float(one.mean or 0) for one in filled]
    axes.plot(at, means, color=colour, linewidth=0.8 if many else 1.3, alpha=0.4 if many else 1, zorder=3)
    if many:
        return
    for used in (True, False):
        x = [e for e, one in zip(at, filled, strict=True) if one.used is used]
        y = [m for m, one in zip(means, filled, strict=True) if one.used is used]
        face = colour if used else "white"
        axes.plot(x, y, mark, markersize=5, color=face, markeredgecolor=colour, markeredgewidth=1.1, zorder=4)


def _numbers(axes: Axes, panel: Panel, many: bool) -> None:
    if many:
        r = [series.law.r for series in panel.series if series.law.r is not None]
        text = f"{len(panel.series)} models: " + (
            f"r {min(r):.2f} to {max(r):.2f}, median {float(np.median(r)):.2f}" if r else "no r over bins"
        )
        axes.text(0.03, 0.97, text, transform=axes.transAxes, size=SMALL, color=INK, va="top")
        return
    handles = [_handle(series, place) for place, series in enumerate(panel.series)]
    legend = axes.legend(
        handles=handles, loc="upper left", fontsize=SMALL - 0.5, frameon=True, framealpha=0.9, edgecolor=FAINT,
        borderpad=0.35, labelspacing=0.3, handletextpad=0.4, handlelength=1.2, borderaxespad=0.2,
    )  # fmt: skip
    legend.get_frame().set_linewidth(0.5)
    for words in legend.get_texts():
        words.set_color(INK)
        words.set_parse_math(False)


def _handle(series: Series, place: int) -> Line2D:
    r = "no r" if series.law.r is None else f"r {series.law.r:.2f}"
    label = f"{readable(series.label)}: {r}, {series.pooled.leading.in_brackets(2)}"
    return Line2D(
        [], [], color=COLOURS[place % len(COLOURS)], marker=MARKS[place % len(MARKS)], markersize=4.5, label=label
    )
