"""Draws how well corpora agree on frequencies: one panel per search, one cell per pair of corpora."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from jobs.figures.panels import name_panel, new_panels
from jobs.figures.readable import shortened
from jobs.figures.style import ACCENT, INK, MUTED, SMALL

NAME = 14
FOOTNOTE = "Paired by concept, each name once. In brackets: the number paired. No cell: no counts of one of the two."


def crossings_figure(
    cells: Mapping[str, Mapping[tuple[str, str], tuple[float | None, int]]], corpora: Sequence[str], title: str
) -> Figure:
    """Draw search -> (corpus, other) -> (Spearman's rank correlation, number paired), with corpora in this order."""
    subtitle = "Spearman's rank correlation of their frequencies"
    figure, axes = new_panels(1, len(cells), title, subtitle, FOOTNOTE, width=3.4, height=2.9, left=1.1)
    for place, (one, (search, found)) in enumerate(zip(axes, cells.items(), strict=True)):
        for (first, second), (value, paired) in found.items():
            column, row = sorted((corpora.index(first), corpora.index(second)))
            shade = max(value or 0.0, 0.0)
            one.add_patch(Rectangle((column, row), 1, 1, facecolor=ACCENT, alpha=0.75 * shade**2, linewidth=0))
            said = "–" if value is None else f"{value:.2f}"
            one.text(column + 0.5, row + 0.5, f"{said}\n({paired:,})", ha="center", va="center", size=SMALL, color=INK)
        size = len(corpora)
        one.set_xlim(0, size - 1)
        one.set_ylim(size, 1)
        one.grid(False)
        one.spines[["left", "bottom"]].set_visible(False)
        one.set_xticks(
            [i + 0.5 for i in range(size - 1)],
            [shortened(c, NAME) for c in corpora[:-1]],
            color=MUTED,
            rotation=25,
            ha="right",
        )
        one.set_yticks(
            [i + 0.5 for i in range(1, size)], [shortened(c, NAME) for c in corpora[1:]] if place == 0 else []
        )
        name_panel(one, f"{search} search")
    return figure
