"""Draws the long tail of frequencies: one panel per search, one curve per corpus."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jobs.figures.panels import COLOURS, name_panel, new_panels
from jobs.figures.readable import shortened
from jobs.figures.style import INK, LABEL, MUTED, SMALL

Floats = NDArray[np.float64]
NAME = 22
FOOTNOTE = "Both axes are logarithmic. Concepts with frequency 0 are left out: the legend says how many there are."


def tails_figure(curves: Mapping[str, Mapping[str, tuple[Floats, int]]], title: str) -> Figure:
    """Draw search -> corpus -> (shares of the largest, the most frequent first; number of zeros)."""
    subtitle = "Frequency of each concept as a share of the most frequent one's"
    figure, axes = new_panels(1, len(curves), title, subtitle, FOOTNOTE, height=3.3)
    corpora = list(dict.fromkeys(corpus for by_corpus in curves.values() for corpus in by_corpus))
    lowest = min(
        (shares.min() for found in curves.values() for shares, _ in found.values() if shares.size), default=0.1
    )
    for place, (one, (search, found)) in enumerate(zip(axes, curves.items(), strict=True)):
        for corpus, (shares, zeros) in found.items():
            colour = COLOURS[corpora.index(corpus) % len(COLOURS)]
            label = f"{shortened(corpus, NAME)}: {shares.size:,} and {zeros:,} zeros"
            one.plot(np.arange(1, shares.size + 1), shares, color=colour, linewidth=1.4, label=label)
        one.set_xscale("log")
        one.set_yscale("log")
        one.set_ylim(lowest / 1e3, 2)
        name_panel(one, f"{search} search")
        one.set_xlabel("rank of the concept", size=LABEL, color=MUTED)
        if place:
            one.set_yticklabels([])
        one.legend(loc="lower left", fontsize=SMALL - 0.5, frameon=False, labelcolor=INK, handlelength=1.2)
    axes[0].set_ylabel("frequency / largest frequency", size=LABEL, color=MUTED)
    return figure
