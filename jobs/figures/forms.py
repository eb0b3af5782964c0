"""Draws the four forms of the law over the concepts of one fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.cluster_robust import around_set_means
from jobs.analysis.forms.compared import FittedForm, Forms
from jobs.analysis.line import log_frequency
from jobs.figures.panels import COLOURS
from jobs.figures.readable import readable
from jobs.figures.style import (
    ACCENT,
    FAINT,
    FREQUENCY,
    LABEL,
    MUTED,
    POINT,
    SMALL,
    frequency_axis,
    headings,
    limits,
    new_figure,
)

Floats = NDArray[np.float64]
DASHES = ("solid", (0, (6, 2)), (0, (2, 2)), (0, (6, 2, 1, 2)))
FOOTNOTE = (
    "Dots: concepts, less how their set differs from all by the form with the lowest AIC. Lines: least squares of\n"
    "each form with a level for each set. {knot}"
)


def forms_figure(
    sets: Sequence[str],
    frequency: ArrayLike,
    score: ArrayLike,
    forms: Forms,
    title: str,
    score_label: str = "zero-shot accuracy",
    zero_becomes: float = 1.0,
) -> Figure:
    """Draw the forms over n concepts by set, frequency in samples and score, as they were given to `compare_forms`."""
    x, y = log_frequency(frequency, zero_becomes), np.asarray(score, np.float64)
    set_of = np.unique(np.asarray(sets), return_inverse=True)[1]
    figure, axes = new_figure(8.0, 4.9)
    knot = "" if forms.knot is None else "Shaded: the interval of the hinge's knot."
    headings(figure, readable(title), forms.verdict, FOOTNOTE.format(knot=knot))
    axes.set_xlim(*limits(x))
    frequency_axis(axes, FREQUENCY, np.log10(zero_becomes) if (np.asarray(frequency) == 0).any() else None)
    axes.set_ylabel(readable(score_label), size=LABEL, color=MUTED, labelpad=8, parse_math=False)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    shown = forms.best.curve(x)
    dots = shown + around_set_means(y - shown, set_of) + (y - shown).mean()
    axes.scatter(x, dots, s=16 if x.size < 300 else 9, color=POINT, alpha=0.28, linewidths=0, zorder=2)
    axes.set_ylim(*limits(np.quantile(dots, [0.005, 0.995]), 0.06))
    _curves(axes, forms, x, y)
    if forms.knot is not None:
        low, high = axes.get_xlim()
        ends = (low if forms.knot.low is None else forms.knot.low, high if forms.knot.high is None else forms.knot.high)
        axes.axvspan(*ends, color=ACCENT, alpha=0.12, linewidth=0, zorder=1)
    return figure


def _curves(axes: Axes, forms: Forms, x: Floats, y: Floats) -> None:
    along = np.linspace(x.min(), x.max(), 200)
    for one, colour, dashes in zip(forms.fitted, COLOURS, DASHES, strict=False):
        level = float((y - one.curve(x)).mean())
        axes.plot(along, level + one.curve(along), color=colour, linestyle=dashes, linewidth=1.7, label=_label(one))
    axes.legend(loc="upper left", fontsize=SMALL, frameon=False, handlelength=3)


def _label(one: FittedForm) -> str:
    return f"{one.form.name}, weight {one.weight:.2f}"
