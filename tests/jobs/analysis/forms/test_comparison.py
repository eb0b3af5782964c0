"""Worlds in which one form is true: it wins over many concepts, and is not told apart over few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.analysis.forms.compared import Forms
from jobs.analysis.forms.comparison import compare_forms
from jobs.analysis.forms.rows import COLUMNS, form_rows

TRUE = {
    "linear": lambda x: 0.08 * x,
    "logistic": lambda x: 0.5 / (1 + np.exp(-(x - 3) / 0.25)),
    "power": lambda x: 0.01 * 10 ** (0.35 * x),
    "hinge": lambda x: 0.2 * np.maximum(x - 3, 0),
}


def compared(form: str, sets: int, size: int, noise: float, seed: int = 0) -> Forms:
    random = np.random.default_rng(seed)
    set_of = np.repeat(np.arange(sets), size)
    frequency = np.round(10 ** np.clip(random.normal(2.8, 1.2, set_of.size), 0, 5.5))
    score = 0.1 * random.normal(size=sets)[set_of] + TRUE[form](np.log10(frequency))
    score = score + noise * random.normal(size=score.size)
    names = [f"concept {number}" for number in range(score.size)]
    return compare_forms(names, [f"set {one}" for one in set_of], frequency, score)


@pytest.mark.parametrize("form", TRUE)
def test_the_true_form_wins_over_many_concepts(form: str) -> None:
    found = compared(form, sets=12, size=150, noise=0.08)
    if form == "linear":
        # All others hold a line too.
        assert form in {one.form.name for one in (found.best, *found.rivals)}
    else:
        assert found.verdict.startswith(f"The {form} form fits best, by AIC and by what was held out.")
    assert (found.knot is not None) == (form == "hinge")
    if found.knot is not None:
        assert 10**found.knot.at == pytest.approx(1000, rel=0.3) and "The slope changes near " in found.verdict


@pytest.mark.parametrize("form", TRUE)
def test_few_concepts_do_not_tell_the_forms_apart(form: str) -> None:
    found = compared(form, sets=1, size=20, noise=0.25, seed=2)
    assert found.verdict.startswith("The data do not tell the forms apart (")
    assert len(found.rivals) == 3 and all(one.off_sets is None for one in found.fitted)


def test_shapes_are_those_that_were_planted() -> None:
    logistic = compared("logistic", 12, 150, 0.05).fitted[1]
    assert logistic.shape == pytest.approx((3, 0.25), abs=0.05)
    assert np.ptp(logistic.curve(np.array([0.0, 6.0]))) == pytest.approx(0.5, abs=0.03)
    assert compared("power", 12, 150, 0.05).fitted[2].shape == pytest.approx((0.35,), abs=0.03)


def test_a_form_without_errors_is_compared() -> None:
    x = np.linspace(0, 4, 40)
    found = compare_forms([str(at) for at in x], ["s"] * 40, 10**x, 3 * x)
    assert found.best.off_concepts == pytest.approx(0, abs=1e-9)
    assert np.isfinite([one.aicc for one in found.fitted]).all()


def test_neither_order_nor_labels_matter() -> None:
    random = np.random.default_rng(4)
    frequency, score = np.round(10 ** random.uniform(0, 4, 60)), random.uniform(size=60)
    names, sets = [f"c{number}" for number in range(60)], [f"s{number % 3}" for number in range(60)]
    order = random.permutation(60)
    one = compare_forms(names, sets, frequency, score)
    other = compare_forms(
        [names[at] for at in order], [f"other {sets[at]}" for at in order], frequency[order], score[order]
    )
    for a, b in zip(one.fitted, other.fitted, strict=True):
        assert (a.aicc, a.off_concepts, a.off_sets) == pytest.approx((b.aicc, b.off_concepts, b.off_sets), rel=1e-4)


@pytest.mark.parametrize(
    ("frequency", "score", "sets", "reason"),
    [
        ([], [], [], "0 concepts of 0 sets are too few to compare forms: 12 are needed"),
        ([1, 10, 100, 5, 7, 9], [0.1] * 6, ["s"] * 6, "6 concepts of 1 sets are too few"),
        ([0] * 20, np.linspace(0, 1, 20), ["s"] * 20, "the frequency of the 20 concepts varies in no set"),
        ([5] * 10 + [900] * 10, np.linspace(0, 1, 20), ["s"] * 10 + ["t"] * 10, "the frequency of the 20 concepts"),
        (range(20), [0.3] * 20, ["s"] * 20, "the score of the 20 concepts varies in no set"),
    ],
    ids=["none", "six", "all zero", "equal in each set", "equal scores"],
)
def test_what_determines_no_form_is_refused(frequency: list, score: list, sets: list, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        compare_forms([str(number) for number in range(len(sets))], sets, frequency, score)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**7), st.floats(0, 1), st.sampled_from("abc")), min_size=15, max_size=40))
def test_any_concepts_are_compared_or_refused(rows: list[tuple[int, float, str]]) -> None:
    frequency, score, sets = zip(*rows, strict=True)
    try:
        found = compare_forms([f"c{number}" for number in range(len(rows))], sets, frequency, score)
    except ValueError as refusal:
        assert "too few" in str(refusal) or "varies in no set" in str(refusal)
        return
    assert sum(one.weight for one in found.fitted) == pytest.approx(1)
    assert [tuple(row) for row in form_rows(found)] == [COLUMNS] * 4 and found.verdict.endswith(".")


@pytest.mark.parametrize("sizes", [[3_000], [250] * 18])
def test_the_time_is_bounded(sizes: list[int]) -> None:
    import time

    started = time.process_time()
    compared("hinge", len(sizes), sizes[0], 0.1)
    assert time.process_time() - started < 5, "0.3 s; scipy's import and a slow machine included"
