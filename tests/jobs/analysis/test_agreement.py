from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobs.analysis.agreement import agreement, two_pieces
from jobs.analysis.tail import long_tail


def test_agreement_is_spearmans_and_pearsons_of_logs() -> None:
    rng = np.random.default_rng(0)
    one = rng.integers(0, 900, 80)
    other = one * rng.integers(0, 4, 80)
    found = agreement(one, other)
    logs = (np.log(np.maximum(one, 1)), np.log(np.maximum(other, 1)))
    assert found.paired == 80
    assert found.spearman == pytest.approx(stats.spearmanr(one, other).statistic)
    assert found.pearson_log == pytest.approx(stats.pearsonr(*logs).statistic)


def test_too_few_or_equal_frequencies_agree_on_nothing() -> None:
    assert agreement([1, 2], [1, 2]).spearman is None
    assert agreement([5, 5, 5], [1, 2, 3]) == agreement([5, 5, 5], [3, 2, 1])
    assert agreement([], []).paired == 0


def test_two_lines_split_at_a_value() -> None:
    x = np.array([10.0, 20, 40, 50, 60, 70, 90])
    y = np.where(x < 50, 2 * x + 1, 100 - 0.5 * x)
    below, above = two_pieces(x, y, 50)
    assert (below.points, above.points) == (3, 3)
    assert [below.line.slope, below.line.intercept] == pytest.approx([2, 1])
    assert [above.line.slope, above.line.intercept] == pytest.approx([-0.5, 100])


def test_a_side_without_two_different_points_has_no_line() -> None:
    below, above = two_pieces([10, 60, 60], [1, 2, 3], 50)
    assert (below.line, above.line, above.points) == (None, None, 2)


def test_the_tail_is_sorted_without_zeros_as_shares_of_the_largest() -> None:
    found = long_tail([0, 5, 20, 5, 0, 10])
    assert found.order.tolist() == [2, 5, 1, 3] and found.share.tolist() == [1.0, 0.5, 0.25, 0.25]
    assert found.zeros == 2


def test_a_tail_of_zeros_is_empty() -> None:
    found = long_tail([0, 0])
    assert found.order.size == 0 and found.share.size == 0 and found.zeros == 2
