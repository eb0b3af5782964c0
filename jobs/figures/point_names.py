"""Writes names beside points: as many as fit without covering a point, a mark or another name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from jobs.figures.readable import shortened, width_in_ems
from jobs.figures.style import INK, SMALL

Floats = NDArray[np.float64]
TRIED = 250
LONGEST = 26
# The distance from a dot's middle to its name, in typographic points.
GAP = 3.5


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left: float
    low: float
    right: float
    high: float

    def meets(self, other: Box) -> bool:
        """Whether the two share any area."""
        across = self.left < other.right and other.left < self.right
        return across and self.low < other.high and other.low < self.high

    def holds_any(self, points: Floats) -> bool:
        """Whether any of the points (n, 2) lies inside."""
        x, y = points[:, 0], points[:, 1]
        inside = (x > self.left) & (x < self.right) & (y > self.low) & (y < self.high)
        return bool(inside.any())

    def within(self, other: Box) -> bool:
        """Whether this rectangle lies inside the other."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.low <= self.low and self.high <= other.high


def spread_order(x: Floats, interest: Floats, stripes: int = 8) -> NDArray[np.int64]:
    """Indices by falling interest, taken in turn from equal stripes of x, so that all parts of the axis get names."""
    span = np.ptp(x) or 1.0
    stripe = np.minimum((x - x.min()) / span * stripes, stripes - 1).astype(np.int64)
    rank = np.empty(x.size, np.int64)
    for number in range(stripes):
        members = np.flatnonzero(stripe == number)
        rank[members[np.argsort(-interest[members], kind="stable")]] = np.arange(members.size)
    return np.lexsort((-interest, rank))


def name_points(
    axes: Axes, points: Floats, names: Sequence[str], order: Iterable[int], taken: Sequence[Box], most: int
) -> None:
    """Write up to `most` names beside their points (n, 2; data units), in this order, wherever there is room."""
    scale = axes.figure.get_dpi() / 72
    pixels = axes.transData.transform(points)
    frame = Box(*axes.get_window_extent().extents)
    boxes = list(taken)
    written = 0
    for index in list(order)[:TRIED]:
        name = shortened(names[index], LONGEST)
        found = _free_place(pixels, index, name, frame, boxes, scale)
        if found is None:
            continue
        box, align = found
        boxes.append(box)
        _write(axes, points[index], name, align)
        written += 1
        if written == most:
            return


def marks(axes: Axes, points: Floats, radius: float, rise: float = 0.0) -> list[Box]:
    """Boxes that names must not cover, `rise` above points (n, 2; data units); lengths are in typographic points."""
    scale = axes.figure.get_dpi() / 72
    reach, lift = radius * scale, rise * scale
    pixels = axes.transData.transform(points)
    return [Box(x - reach, y + lift - reach, x + reach, y + lift + reach) for x, y in pixels]


def _free_place(
    pixels: Floats, index: int, name: str, frame: Box, boxes: Sequence[Box], scale: float
) -> tuple[Box, tuple[str, str]] | None:
    x, y = pixels[index]
    width, height, gap = width_in_ems(name) * SMALL * scale, SMALL * scale * 1.15, GAP * scale
    places = {
        ("left", "center"): Box(x + gap, y - height / 2, x + gap + width, y + height / 2),
        ("right", "center"): Box(x - gap - width, y - height / 2, x - gap, y + height / 2),
        ("center", "bottom"): Box(x - width / 2, y + gap, x + width / 2, y + gap + height),
        ("center", "top"): Box(x - width / 2, y - gap - height, x + width / 2, y - gap),
    }
    others = np.delete(pixels, index, axis=0)
    for align, box in places.items():
        if box.within(frame) and not any(box.meets(b) for b in boxes) and not box.holds_any(others):
            return box, align
    return None


def _write(axes: Axes, point: Floats, name: str, align: tuple[str, str]) -> None:
    across, along = align
    shift = {"left": GAP, "right": -GAP}.get(across, 0.0), {"bottom": GAP, "top": -GAP}.get(along, 0.0)
    axes.annotate(
        name,
        (float(point[0]), float(point[1])),
        xytext=shift,
        textcoords="offset points",
        ha=across,
        va="center_baseline" if along == "center" else along,
        size=SMALL,
        color=INK,
        parse_math=False,
    )
