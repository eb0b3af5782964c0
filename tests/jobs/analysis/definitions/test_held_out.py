"""Errors of what was held out, against least squares that is made anew without it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.analysis.definitions.held_out import errors_of_concepts, errors_of_sets
from jobs.analysis.forms.held_out import FOLDS

Floats = NDArray[np.float64]


@pytest.fixture(params=[0, 1, 2])
def columns(request: pytest.FixtureRequest) -> Floats:
    """No, one and two columns of 90 points."""
    return np.asarray(np.random.default_rng(request.param).normal(size=(request.param, 90)))


def points() -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    random = np.random.default_rng(7)
    return random.normal(size=90), np.arange(90) % 4, random.integers(0, FOLDS, 90)


def test_concepts(columns: Floats) -> None:
    y, set_of, fold_of = points()
    dummies = np.eye(4)[set_of]
    expected = np.empty(90)
    for fold in range(FOLDS):
        out = fold_of == fold
        design = np.hstack([dummies, columns.T])
        found = np.linalg.lstsq(design[~out], y[~out])[0]
        expected[out] = y[out] - design[out] @ found
    assert errors_of_concepts(columns, y, set_of, fold_of) == pytest.approx(expected)


def test_a_set_without_other_concepts_predicts_nothing(columns: Floats) -> None:
    y, set_of, fold_of = points()
    set_of[0] = 4
    errors = errors_of_concepts(columns, y, set_of, fold_of)
    assert np.flatnonzero(np.isnan(errors)).tolist() == [0]


def test_sets(columns: Floats) -> None:
    y, set_of, _ = points()
    expected = np.empty(90)
    for one in range(4):
        out = set_of == one
        design = np.hstack([np.eye(4)[set_of], columns.T])
        slopes = np.linalg.lstsq(design[~out], y[~out])[0][4:]
        around = columns[:, out] - columns[:, out].mean(1, keepdims=True)
        expected[out] = y[out] - y[out].mean() - slopes @ around
    assert errors_of_sets(columns, y, set_of) == pytest.approx(expected)
