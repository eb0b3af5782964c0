from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobs.analysis.correlation import p_value, pearson, spearman


def test_r_and_p_agree_with_scipy() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=10)
    y = x + rng.normal(size=10)
    expected = stats.pearsonr(x, y)
    r = pearson(x, y)
    assert r == pytest.approx(expected.statistic, abs=1e-12)
    assert p_value(r, 10) == pytest.approx(expected.pvalue, rel=1e-9)


def test_whole_weights_equal_repeated_points() -> None:
    x, y, times = np.array([0.0, 1, 2, 5]), np.array([1.0, 0, 4, 3]), np.array([1, 3, 2, 5])
    assert pearson(x, y, times.astype(float)) == pytest.approx(pearson(x.repeat(times), y.repeat(times)))


def test_a_perfect_line_has_r_one_and_p_zero() -> None:
    x = np.arange(10.0)
    assert pearson(x, 0.1 * x + 0.3) == pytest.approx(1.0) and p_value(1.0, 10) == 0.0


def test_no_correlation_without_variation_or_points() -> None:
    assert pearson(np.zeros(5), np.arange(5.0)) is None
    assert pearson(np.arange(5.0), np.zeros(5)) is None
    assert pearson(np.arange(2.0), np.arange(2.0)) is None


def test_ranks_with_ties_agree_with_scipy() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.integers(0, 6, 50).astype(float), rng.integers(0, 9, 50).astype(float)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert spearman(x, np.exp(y)) == pytest.approx(spearman(x, y)) and spearman(x, np.zeros(50)) is None
