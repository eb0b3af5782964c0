from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.bins import assign, counts_and_means, equal_width_edges


def test_edges_run_from_lowest_to_highest_at_equal_steps() -> None:
    edges = equal_width_edges(np.array([3.0, 0.0, 11.0]), 12)
    assert edges.tolist() == [float(i) for i in range(12)]


def test_a_value_on_an_edge_belongs_to_the_bin_that_ends_there() -> None:
    edges = np.array([0.0, 1.0, 2.0])
    assert assign(np.array([0.0, 0.0001, 1.0, 1.0001, 2.0]), edges).tolist() == [0, 1, 1, 2, 2]


def test_an_empty_bin_has_no_mean() -> None:
    counts, means = counts_and_means(np.array([1.0, 3.0, 7.0]), np.array([0, 0, 2]), 4)
    assert counts.tolist() == [2, 0, 1, 0]
    assert means[[0, 2]].tolist() == [2.0, 7.0] and np.isnan(means[[1, 3]]).all()


def test_equal_frequencies_are_refused_with_the_frequency() -> None:
    with pytest.raises(ValueError, match="all 5 concepts have the same frequency \\(20\\)"):
        equal_width_edges(np.full(5, np.log(20.0)), 12)
