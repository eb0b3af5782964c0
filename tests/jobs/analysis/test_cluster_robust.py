from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobs.analysis.cluster_robust import ClusteredFit


def points() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A line with clusters of very different sizes, one of them of a single point."""
    rng = np.random.default_rng(2)
    cluster_of = np.repeat(np.arange(5), [40, 9, 5, 3, 1])
    x = rng.normal(0, 1, cluster_of.size) + 0.5 * cluster_of
    return x, 1 + 2 * x + rng.normal(0, 1, 5)[cluster_of] + rng.normal(0, 1, cluster_of.size), cluster_of


def by_matrices(contrast: np.ndarray, working: np.ndarray) -> tuple[float, float, float]:
    """Estimate, CR2 error and degrees of freedom as Imbens and Kolesár write them, with all matrices over points."""
    x, y, cluster_of = points()
    columns = np.column_stack([np.ones_like(x), x])
    inverse = np.linalg.inv(columns.T @ columns)
    hat = columns @ inverse @ columns.T
    rows = []
    for one in np.unique(cluster_of):
        inside = cluster_of == one
        values, vectors = np.linalg.eigh(np.eye(inside.sum()) - hat[np.ix_(inside, inside)])
        root = (vectors / np.sqrt(values)) @ vectors.T
        rows.append(contrast @ inverse @ columns[inside].T @ root @ (np.eye(x.size) - hat)[inside])
    terms = np.array(rows)
    covariance = terms @ working @ terms.T
    freedom = np.trace(covariance) ** 2 / np.sum(covariance**2)
    coefficients = inverse @ columns.T @ y
    return float(contrast @ coefficients), float(np.sqrt(np.sum((terms @ y) ** 2))), float(freedom)


@pytest.mark.parametrize("contrast", [[0.0, 1.0], [1.0, 0.0], [1.0, 2.5]])
@pytest.mark.parametrize("level", [0.0, 1.5])
def test_sums_over_clusters_give_what_the_matrices_give(contrast: list[float], level: float) -> None:
    x, y, cluster_of = points()
    columns = np.column_stack([np.ones_like(x), x])
    squares = np.array([columns[cluster_of == one].T @ columns[cluster_of == one] for one in range(5)])
    coefficients = np.linalg.lstsq(columns, y, rcond=None)[0]
    scores = np.array(
        [columns[cluster_of == one].T @ (y - columns @ coefficients)[cluster_of == one] for one in range(5)]
    )
    own = np.diag([level, 0.0])
    fit = ClusteredFit(coefficients, squares, scores, squares + squares @ own @ squares)
    same = cluster_of[:, None] == cluster_of
    value, error, freedom = by_matrices(np.array(contrast), np.eye(x.size) + level * same)
    found = fit.estimate(np.array(contrast))
    reach = stats.t.ppf(0.975, freedom) * error
    assert [found.low, found.value, found.high] == pytest.approx([value - reach, value, value + reach])
