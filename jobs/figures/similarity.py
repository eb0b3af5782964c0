"""Draws the law beside the similarity of test images: scores by thirds of similarity, and every slope on frequency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.estimate import Estimate
from jobs.analysis.line import log_frequency
from jobs.analysis.similarity import Band, BesideSimilarity, cut_into_bands
from jobs.figures.panels import frequency_axis, name_panel, new_panels
from jobs.figures.readable import readable
from jobs.figures.style import ACCENT, FAINT, FREQUENCY, INK, LABEL, MARK, MUTED, POINT, SMALL, limits

Floats = NDArray[np.float64]
# From the farthest third to the nearest one.
SHADES = (ACCENT, POINT, MARK)
NAMES = ("farthest", "middle", "nearest")
# In inches: a panel, and the names of the rows of slopes.
WIDTH, HEIGHT, ROOM = 4.4, 3.4, 1.2
FOOTNOTE = (
    "Left: concepts in thirds by the mean similarity of their test images to the corpus; lines: the slope within sets "
    "of each third. Right: the slope on frequency with its 95 % interval, over the same concepts; in thirds of images "
    "the score of a concept is the share of its images there that are right. An empty row has too few concepts."
)


def similarity_figure(
    frequency: ArrayLike,
    similarity: Sequence[float | None],
    score: ArrayLike,
    found: BesideSimilarity,
    image_bands: Sequence[Band],
    title: str,
    score_label: str = "zero-shot accuracy",
    zero_becomes: float = 1.0,
) -> Figure:
    """Draw n concepts by frequency in samples, similarity (-1 to 1; None: without test images) and score."""
    known = np.array([one is not None for one in similarity])
    near = np.array([one for one in similarity if one is not None], np.float64)
    counts, y = np.asarray(frequency, np.float64)[known], np.asarray(score, np.float64)[known]
    x = log_frequency(counts, zero_becomes)
    subtitle = (
        f"{found.concepts:,} concepts; similarity {found.low:.3f} to {found.high:.3f}, "
        f"r = {found.correlation:.2f} with log10 of frequency within sets"
    )
    figure, (left, right) = new_panels(1, 2, readable(title), subtitle, FOOTNOTE, width=WIDTH, height=HEIGHT)
    _scores(left, x, y, near, found.bands, bool((counts == 0).any()))
    left.set_ylabel(readable(score_label), size=LABEL, color=MUTED, parse_math=False)
    _slopes(right, list(_rows(found, image_bands)))
    return figure


def _scores(axes: Axes, x: Floats, y: Floats, near: Floats, bands: Sequence[Band], zero: bool) -> None:
    for inside, band, colour, name in zip(cut_into_bands(near), bands, SHADES, NAMES, strict=False):
        label = f"{name}: {band.low:.3f} to {band.high:.3f}"
        axes.scatter(x[inside], y[inside], s=15, color=colour, alpha=0.6, linewidths=0, label=label, zorder=2)
        if band.slope is not None:
            ends = np.array([x[inside].min(), x[inside].max()])
            line = y[inside].mean() + band.slope.value * (ends - x[inside].mean())
            axes.plot(ends, line, color=colour, linewidth=1.8, zorder=3)
    frequency_axis(axes, float(x.min()), float(x.max()), zero)
    axes.set_ylim(*limits(y, 0.06))
    axes.set_xlabel(FREQUENCY, size=LABEL, color=MUTED)
    axes.legend(loc="upper left", fontsize=SMALL - 0.5, frameon=False, labelcolor=INK, handletextpad=0.2)
    name_panel(axes, "by similarity")


def _rows(found: BesideSimilarity, image_bands: Sequence[Band]) -> Iterator[tuple[str, Estimate | None, str]]:
    """Name, slope and colour of each row, from above."""
    yield "alone", found.alone, INK
    yield "given similarity", found.given_similarity, INK
    for of, bands in (("concepts", found.bands), ("images", image_bands)):
        for name, colour, band in zip(NAMES, SHADES, bands, strict=False):
            yield f"{name} {of}", band.slope, colour


def _slopes(axes: Axes, rows: Sequence[tuple[str, Estimate | None, str]]) -> None:
    for row, (_, slope, colour) in enumerate(rows):
        if slope is not None:
            axes.plot(slope.value, row, "o", color=colour, markersize=5)
            if slope.low is not None and slope.high is not None:
                axes.plot([slope.low, slope.high], [row, row], color=colour, linewidth=1.6)
    axes.axvline(0.0, color=MUTED, linewidth=0.8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows], size=SMALL)
    # The names of the rows take room of the panel.
    spot = axes.get_position()
    width = spot.width * ROOM / WIDTH
    axes.set_position((spot.x0 + width, spot.y0, spot.width - width, spot.height))
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    axes.set_xlabel("gain in the score for ten times the frequency", size=LABEL, color=MUTED)
    name_panel(axes, "slopes")
