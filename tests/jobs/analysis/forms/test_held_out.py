from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from jobs.analysis.forms.held_out import FOLDS, FormSearch, folds_of
from jobs.analysis.forms.moments import solve
from jobs.analysis.forms.shapes import FORMS, HINGE, LINEAR, POWER, Form


def points(sets: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Concepts of sets with levels of their own, under a broken line."""
    random = np.random.default_rng(0)
    set_of = np.repeat(np.arange(sets), [40, 30, 25][:sets])
    x = random.uniform(0, 5, set_of.size)
    y = 10.0 * set_of + np.maximum(x - 2, 0) + random.normal(0, 0.3, x.size)
    return x, y, set_of, [f"concept {number}" for number in range(x.size)]


def by_least_squares(form: Form, shape: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The fit of some points by statsmodels, with a column of ones for each set, as predictions for all points."""
    x, y, set_of, _ = points()
    ones = [(set_of == one).astype(float) for one in range(3) if (set_of[kept] == one).any()]
    columns = np.column_stack([*form.columns(shape[None], x)[0].reshape(-1, x.size), *ones])
    if form is HINGE:
        columns = np.column_stack([x, columns[:, 1:], np.maximum(x - shape[0], 0)])
    return columns @ sm.OLS(y[kept], columns[kept]).fit().params


def search(form: Form) -> FormSearch:
    x, y, set_of, names = points()
    return FormSearch(form, x, y, set_of, folds_of(names))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_best_shape_leaves_the_least_squares(form: Form) -> None:
    x, y, set_of, _ = points()
    found, every = search(form), np.ones(x.size, bool)
    left = [((y - by_least_squares(form, shape, every)) ** 2).sum() for shape in form.grid(x)]
    assert found.best == pytest.approx(form.grid(x)[int(np.argmin(left))])


def test_a_concept_is_predicted_without_its_fold() -> None:
    x, y, _, names = points()
    fold_of = folds_of(names)
    expected = np.empty(x.size)
    for fold in range(FOLDS):
        kept = fold_of != fold
        expected[~kept] = (y - by_least_squares(LINEAR, np.zeros(0), kept))[~kept]
    assert search(LINEAR).errors_of_concepts == pytest.approx(expected)


def test_a_set_is_predicted_but_for_its_level() -> None:
    x, y, set_of, _ = points()
    for one in range(3):
        inside = set_of == one
        shape = max(
            HINGE.grid(x), key=lambda shape: -((y - by_least_squares(HINGE, shape, ~inside))[~inside] ** 2).sum()
        )
        columns = np.column_stack(
            [x, np.maximum(x - shape[0], 0), *(set_of == other for other in range(3) if other != one)]
        )
        slopes = sm.OLS(y[~inside], columns[~inside].astype(float)).fit().params[:2]
        off = y - columns[:, :2].astype(float) @ slopes
        assert search(HINGE).errors_of_sets[inside] == pytest.approx((off - off[inside].mean())[inside])


def test_a_concept_whose_set_has_no_other_is_left_out() -> None:
    x, y, set_of, names = points()
    found = FormSearch(POWER, np.append(x, 1.0), np.append(y, 9.0), np.append(set_of, 3), folds_of([*names, "alone"]))
    assert np.isnan(found.errors_of_concepts).tolist() == [False] * x.size + [True]
    assert found.errors_of_sets[-1] == pytest.approx(0)


def test_a_name_has_one_fold_wherever_it_stands() -> None:
    assert folds_of(["a", "b", "a\udc80"]).tolist() == folds_of(["a\udc80", "b", "a"])[::-1].tolist()
    assert np.bincount(folds_of([f"c{number}" for number in range(5_000)])).min() > 400


def test_a_column_that_does_not_vary_or_repeats_another_adds_nothing() -> None:
    x = np.arange(5.0) - 2
    rows = np.array([x, 2 * x, np.zeros(5), 3 * x])
    found = solve(rows @ rows.T)
    assert found.coefficients @ rows[:3] == pytest.approx(3 * x) and found.left == pytest.approx(0, abs=1e-9)
