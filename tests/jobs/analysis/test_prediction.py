from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.line import fit_line
from jobs.analysis.prediction import predictor


def concepts(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Accuracies that scatter widely, and end at 0 and 1."""
    rng = np.random.default_rng(seed)
    x = np.maximum(rng.normal(2, 1, n), 0)
    return x, np.clip(0.2 + 0.12 * x + rng.normal(0, 0.25, n), 0, 1)


def test_the_errors_are_those_of_lines_fitted_without_the_concept() -> None:
    x, y = concepts(39)
    errors = []
    for one in range(39):
        rest = np.arange(39) != one
        errors.append(abs(y[one] - fit_line(x[rest], y[rest]).at(x[one])))
    # Of 39 the largest but one: 38 of 40.
    assert predictor(x, y, share=True).reach == pytest.approx(sorted(errors)[37])


def test_the_interval_holds_the_score_of_19_of_20_concepts() -> None:
    held = []
    for seed in range(300):
        x, y = concepts(61, seed)
        found = predictor(x[1:], y[1:], share=True).predict(x[0])
        held.append(found.low <= y[0] <= found.high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_it_lies_between_0_and_1_if_scores_do() -> None:
    x, y = concepts(100)
    low, high = predictor(x, y, share=True).predict(-9.0), predictor(x, y, share=True).predict(30.0)
    assert (low.low, high.value, high.high) == (0.0, 1.0, 1.0)
    percent = predictor(x, 100 * y, share=False).predict(30.0)
    assert percent.value > 100


def test_18_concepts_are_too_few_for_an_interval() -> None:
    assert predictor(*concepts(18), share=True).predict(2.0).low is None
    assert predictor(*concepts(19), share=True).predict(2.0).low is not None


def test_scores_that_only_look_like_shares_are_not_cut() -> None:
    assert predictor(*concepts(100), share=False).predict(30.0).value > 1
