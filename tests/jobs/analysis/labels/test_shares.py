"""Draws are shared out evenly, and a small group gives all that it has."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.analysis.labels.shares import chances, level


@pytest.mark.parametrize(
    ("sizes", "draws", "expected"),
    [([10, 10], 8, 4), ([1, 10], 8, 7), ([1, 2, 100, 100], 13, 5), ([3, 3], 6, math.inf), ([], 5, math.inf)],
)
def test_the_level_by_hand(sizes: list[int], draws: int, expected: float) -> None:
    assert level(sizes, draws) == expected


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=30), st.integers(1, 500))
def test_the_expected_number_is_drawn(sizes: list[int], draws: int) -> None:
    found = chances(sizes, draws)
    assert ((found > 0) & (found <= 1)).all()
    assert float(found @ np.array(sizes)) == pytest.approx(min(draws, sum(sizes)))
