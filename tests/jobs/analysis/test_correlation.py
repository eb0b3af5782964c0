from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobs.analysis.correlation import adjusted, p_value, pearson, pearson_interval, spearman, spearman_interval


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


def points(n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points in clusters of one to three."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=n)
    return x, 0.5 * x + rng.normal(size=n), np.unique(rng.integers(0, n, n), return_inverse=True)[1]


def test_the_interval_is_that_of_leaving_out_each_cluster() -> None:
    x, y, cluster_of = points()
    clusters = cluster_of.max() + 1
    left_out = np.arctanh([stats.pearsonr(x[cluster_of != one], y[cluster_of != one])[0] for one in range(clusters)])
    r = stats.pearsonr(x, y)[0]
    error = np.sqrt((clusters - 1) / clusters * np.sum((left_out - np.arctanh(r)) ** 2))
    reach = stats.t.ppf(0.975, clusters - 1) * error
    found = pearson_interval(x, y, cluster_of)
    assert [found.low, found.value, found.high] == pytest.approx(np.tanh(np.arctanh(r) + [-reach, 0, reach]))


def test_that_of_ranks_is_around_spearmans() -> None:
    x, y, cluster_of = points()
    found = spearman_interval(np.exp(x), y, cluster_of)
    assert found.value == pytest.approx(stats.spearmanr(x, y)[0]) and found.low < found.value < found.high
    assert found == spearman_interval(x, y**3, cluster_of), "ranks alone count"


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1.0, 2, 3, 4], [2.0, 4, 6, 8]),
        ([0.0, 0, 0, 5], [1.0, 2, 3, 9]),
        ([0.0, 5], [1.0, 9]),
    ],
)
def test_no_interval_where_one_point_decides(x: list[float], y: list[float]) -> None:
    found = pearson_interval(np.array(x), np.array(y), np.arange(len(x)))
    assert found is None or (found.low, found.high) == (None, None)


def test_p_values_are_adjusted_for_their_number() -> None:
    assert adjusted([]) == []
    p = [0.001, 0.02, 0.4]
    # Benjamini and Yekutieli: times n (1 + 1/2 + 1/3) / rank.
    expected = [0.001 * 3 * 11 / 6, 0.02 * 3 / 2 * 11 / 6, 0.4 * 11 / 6]
    assert adjusted(p) == pytest.approx(expected)
    first, none, *others = adjusted([0.001, None, 0.02, 0.4])
    assert none is None and [first, *others] == pytest.approx(expected), "what is None is no test"
    assert adjusted([None]) == [None]
