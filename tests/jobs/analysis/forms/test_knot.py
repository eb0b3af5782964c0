from __future__ import annotations

import numpy as np
import pytest

from benchmarks.worlds import PUBLISHED, draw_sets
from jobs.analysis.forms.held_out import FormSearch, folds_of
from jobs.analysis.forms.knot import Knot, knot_interval, p_of_change
from jobs.analysis.forms.shapes import HINGE, knots

Points = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
KNOT = 3.0


def broken_line(change: float, sizes: tuple[int, ...], random: np.random.Generator) -> Points:
    """Sets with a level and a slope of their own; from 1,000 samples on the slope is higher by `change`."""
    rarity, level, slope = draw_sets(len(sizes), random)
    set_of = np.repeat(np.arange(len(sizes)), sizes)
    x = np.maximum(2.5 + 0.7 * rarity[set_of] + 0.9 * random.normal(size=set_of.size), 0)
    slopes = 0.04 + (0.03 * slope[set_of] if len(sizes) > 1 else 0.0)
    y = 0.15 * level[set_of] + slopes * x + change * np.maximum(x - KNOT, 0) + 0.15 * random.normal(size=x.size)
    return x, y, set_of, np.arange(x.size)


def found(points: Points) -> Knot:
    x, y, set_of, name_of = points
    best = FormSearch(HINGE, x, y, set_of, folds_of([str(name) for name in name_of])).best
    return knot_interval(float(best[0]), x, y, set_of, name_of)


def holds(knot: Knot) -> bool:
    return (knot.low is None or knot.low <= KNOT) and (knot.high is None or knot.high >= KNOT)


@pytest.mark.parametrize("sizes", [(60,) * 18, (300,)], ids=["sets", "one set"])
def test_a_clear_knot_is_found(sizes: tuple[int, ...]) -> None:
    points = broken_line(0.4, sizes, np.random.default_rng(1))
    knot = found(points)
    assert p_of_change(*points) == pytest.approx(0.001, abs=0.002)
    assert knot.low is not None and knot.high is not None and knot.low < KNOT < knot.high < knot.low + 1.2


def test_a_line_has_no_knot_and_its_interval_no_ends() -> None:
    x, y, set_of, name_of = broken_line(0.0, (100,), np.random.default_rng(3))
    assert p_of_change(x, y, set_of, name_of) > 0.05
    assert p_of_change(x, 2 * x, set_of, name_of) is not None, "a line without scatter"
    free = [knot_interval(float(at), x, y, set_of, name_of) for at in knots(x)[[20, 60]]]
    assert all(knot.low is None or knot.high is None for knot in free)


def test_few_sets_cannot_tell() -> None:
    assert p_of_change(*broken_line(0.4, (100,) * 5, np.random.default_rng(0))) is None
    # Of 32 patterns of signs, the one of the data is the largest.
    assert p_of_change(*broken_line(0.8, (100,) * 6, np.random.default_rng(0))) == 1 / 32


@pytest.mark.long
@pytest.mark.parametrize("sizes", [(60,) * 18, PUBLISHED, (100,) * 8, (100,)], ids=str)
def test_how_often_the_interval_holds_the_knot_and_a_line_is_called_broken(sizes: tuple[int, ...]) -> None:
    random = np.random.default_rng(5)
    drawn = [broken_line(0.3, sizes, random) for _ in range(200)]
    # As it is printed: only if a change is supported.
    held = np.mean([holds(found(points)) for points in drawn if (p_of_change(*points) or 1) < 0.05])
    broken = np.mean([(p_of_change(*broken_line(0.0, sizes, random)) or 1) < 0.05 for _ in range(400)])
    assert held > 0.88 and broken < 0.085


def test_an_interval_holds_its_knot_however_many_concepts() -> None:
    points = broken_line(0.4, (20_000,), np.random.default_rng(6))
    knot = found(points)
    assert knot.low is not None and knot.high is not None and knot.low <= knot.at < knot.high < knot.low + 0.2
    assert holds(knot)
