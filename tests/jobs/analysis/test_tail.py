"""Shares of rare concepts and Gini's coefficient, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.tail import inequality


def test_shares_below_and_zeros() -> None:
    found = inequality([0, 0, 9, 10, 99, 100, 999, 1_000, 5_000, 3])
    assert (found.concepts, found.zeros) == (10, 2)
    assert found.below == (0.4, 0.6, 0.8)


@pytest.mark.parametrize(
    ("frequency", "gini"),
    [([5, 5, 5], 0.0), ([0, 0, 0, 8], 0.75), ([1, 3], 0.25), ([0, 0], None), ([7], 0.0)],
)
def test_gini_by_hand(frequency: list[int], gini: float | None) -> None:
    found = inequality(frequency).gini
    assert found == (None if gini is None else pytest.approx(gini))


def test_gini_is_half_the_mean_difference_over_the_mean() -> None:
    values = np.random.default_rng(0).integers(0, 1_000, 60)
    differences = np.abs(values[:, None] - values[None, :]).mean()
    assert inequality(values).gini == pytest.approx(differences / (2 * values.mean()))


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no frequency"):
        inequality([])
