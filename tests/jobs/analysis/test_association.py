"""The measures are what their definitions say, term by term, and exact where a cell is empty."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import contingency

from jobs.analysis.association import Association, associate, cluster_order


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Both, first, second, samples: any 2 x 2 table in which both concepts occur."""
    both, one, other, neither = (draw(st.integers(0, 10**size)) for size in (3, 4, 4, 9))
    first, second = both + one, both + other
    return (both, first, second, first + second - both + neither) if first and second else (1, 1, 1, 1 + neither)


def one_pair(both: int, first: int, second: int, samples: int) -> list[float]:
    """Expected, PMI, NPMI, G² of one pair."""
    return [float(values[0]) for values in associate([both], [first], [second], samples)]


@given(tables())
def test_each_measure_is_its_definition(table: tuple[int, int, int, int]) -> None:
    both, first, second, samples = table
    expected, pmi, npmi, g2 = one_pair(*table)
    assert expected == pytest.approx(first * second / samples)
    if both:
        assert pmi == pytest.approx(math.log2(both * samples / (first * second)), abs=1e-9)
    else:
        assert (pmi, npmi) == (-math.inf, -1)
    if 0 < both < samples:
        assert npmi == pytest.approx(pmi / -math.log2(both / samples), abs=1e-9)
    assert -1 <= npmi <= 1 and g2 >= 0
    cells = [[both, first - both], [second - both, samples - first - second + both]]
    # In 28 digits: at 10^9 samples the terms nearly cancel.
    total = Decimal(0)
    for row, of_row in zip(cells, (first, samples - first), strict=True):
        for observed, of_column in zip(row, (second, samples - second), strict=True):
            if observed:
                total += observed * (Decimal(observed * samples) / (of_row * of_column)).ln()
    assert g2 == pytest.approx(float(2 * total), rel=1e-6, abs=1e-6)


def test_g2_agrees_with_scipy() -> None:
    cells = np.array([[30, 70], [20, 880]])
    by_scipy = contingency.chi2_contingency(cells, correction=False, lambda_="log-likelihood").statistic
    assert one_pair(30, 100, 50, 1000)[3] == pytest.approx(by_scipy)


def test_pairs_that_never_occur_apart() -> None:
    assert one_pair(4, 4, 4, 100) == [0.16, pytest.approx(math.log2(25)), 1, pytest.approx(33.589, abs=1e-3)]
    # Every sample holds both: PMI 0 and NPMI 0 / 0.
    assert one_pair(9, 9, 9, 9) == [9, 0, 1, 0]


def test_as_often_as_by_chance_is_0() -> None:
    assert one_pair(25, 50, 50, 100) == [25, 0, 0, 0]


def test_a_rare_pair_is_last_by_g2() -> None:
    found = associate([1, 60, 0], [50, 100, 10], [50, 100, 10], 1000)
    assert list(np.argsort(-found.strength("g2"))) == [1, 2, 0]
    assert (found.g2 >= 0).all() and found.strength("pmi") is found.pmi
    assert isinstance(found, Association)


def test_associated_concepts_stand_side_by_side() -> None:
    groups = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    npmi = np.where(groups[:, None] == groups, 0.6, -1.0)
    assert len(np.flatnonzero(np.diff(groups[cluster_order(npmi)]))) == 2
    assert cluster_order(npmi[:2, :2]) == [0, 1] and cluster_order(npmi[:0, :0]) == []
