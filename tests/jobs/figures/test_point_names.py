from __future__ import annotations

import numpy as np

from jobs.figures.point_names import Box, name_points, spread_order
from jobs.figures.style import new_figure


def test_every_stripe_gets_its_turn_before_a_second_name() -> None:
    x, interest = np.array([0.0, 0.1, 5.0, 10.0]), np.array([9.0, 8.0, 1.0, 2.0])
    assert spread_order(x, interest, stripes=4).tolist() == [0, 3, 2, 1]


def test_names_cover_no_point_and_no_other_name() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 1, (150, 2))
    figure, axes = new_figure(6, 5)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    name_points(axes, points, [f"concept {i}" for i in range(150)], range(150), [], most=40)
    figure.canvas.draw()
    boxes = [Box(*text.get_window_extent().extents) for text in axes.texts]
    assert 15 <= len(boxes) <= 40
    frame, pixels = Box(*axes.get_window_extent().extents), axes.transData.transform(points)
    for number, box in enumerate(boxes):
        # Text is a pixel or two off the box that was planned for it.
        core = Box(box.left + 2, box.low + 2, box.right - 2, box.high - 2)
        assert box.within(frame) and not core.holds_any(pixels)
        assert not any(box.meets(other) for other in boxes[:number])


def test_taken_room_is_left_free() -> None:
    figure, axes = new_figure(6, 5)
    everything = Box(*figure.bbox.extents)
    name_points(axes, np.array([[0.5, 0.5]]), ["a"], [0], [everything], most=5)
    assert not axes.texts
