"""Draws are shared out evenly, or by the root of sizes, and a small group gives all that it has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.analysis.labels.shares import EQUAL, ROOT, chances, shares


@pytest.mark.parametrize(
    ("sizes", "draws", "power", "expected"),
    [
        ([10, 10], 8, EQUAL, [4, 4]),
        ([1, 10], 8, EQUAL, [1, 7]),
        ([100, 1, 2, 100], 13, EQUAL, [5, 1, 2, 5]),
        ([3, 3], 6, EQUAL, [3, 3]),
        ([], 5, EQUAL, []),
        ([400, 100, 0], 30, ROOT, [20, 10, 0]),
        ([400, 1], 30, ROOT, [29, 1]),
    ],
)
def test_by_hand(sizes: list[int], draws: int, power: float, expected: list[float]) -> None:
    assert shares(sizes, draws, power) == pytest.approx(expected)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=30), st.integers(1, 500), st.sampled_from((EQUAL, ROOT)))
def test_the_expected_number_is_drawn(sizes: list[int], draws: int, power: float) -> None:
    found = chances(sizes, draws, power)
    assert ((found > 0) & (found <= 1)).all()
    assert float(found @ np.array(sizes)) == pytest.approx(min(draws, sum(sizes)))
