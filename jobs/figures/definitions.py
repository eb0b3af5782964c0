"""Draws how well definitions of frequency predict scores: one panel per corpus, one row per definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jobs.figures.panels import COLOURS, name_panel, new_panels
from jobs.figures.readable import readable, shortened
from jobs.figures.style import FAINT, MUTED, SMALL

NAME = 42
# In inches: a row, the names beside it, and the width of a panel.
ROW, NAMES, WIDTH = 0.25, 2.75, 4.4
SUBTITLE = "R² within sets; dots: concepts that were held out; rings: whole sets that were held out"
FOOTNOTE = "One dot and one ring for every model; the best definition comes first. Below 0: worse than the set's mean. "

# (R² of held-out concepts, R² of held-out sets) of each model.
Models = Sequence[tuple[float, float | None]]


def definitions_figure(panels: Mapping[str, Mapping[str, Models]], title: str, verdict: str) -> Figure:
    """Draw panel -> definition -> models; a panel's definitions come in the order of their mean over models."""
    height = ROW * max(map(len, panels.values())) + 0.1
    shape = {"width": WIDTH, "height": height, "left": NAMES}
    figure, axes = new_panels(len(panels), 1, title, SUBTITLE, readable(FOOTNOTE + verdict), **shape)
    for one, (name, definitions) in zip(axes, panels.items(), strict=True):
        _panel(one, definitions)
        name_panel(one, readable(name))
    return figure


def _panel(axes: Axes, definitions: Mapping[str, Models]) -> None:
    ordered = sorted(definitions.items(), key=lambda one: -np.mean([concepts for concepts, _ in one[1]]))
    for row, (_, models) in enumerate(ordered):
        axes.scatter([of for of, _ in models], [row - 0.12] * len(models), s=22, color=COLOURS[0], linewidths=0)
        rings = [of for _, of in models if of is not None]
        axes.scatter(rings, [row + 0.16] * len(rings), s=20, facecolors="none", edgecolors=COLOURS[1], linewidths=1.1)
    axes.axvline(0.0, color=MUTED, linewidth=0.8)
    axes.set_ylim(len(ordered) - 0.5, -0.5)
    names = [shortened(readable(name), NAME) for name, _ in ordered]
    axes.set_yticks(range(len(ordered)), names, size=SMALL, parse_math=False)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
