"""The forms of fits and pairs of searches as rows, from inputs alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from jobs.analysis.protocol import Protocol
from jobs.results.fits.compared_forms import FORM_ROWS, FormsOfFit
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.joint_searches import JOINT_ROWS, JointOfFits, joint_of, pairs_of_searches
from jobs.results.fits.plans import plan_of


def item(search: str, threshold: float | None, seed: int, sets: int = 8, concepts: int = 400) -> FitInput:
    """Scores that rise above 1,000 samples alone."""
    random = np.random.default_rng(0)
    x = random.uniform(0, 5, concepts) + 0.5 * np.random.default_rng(seed).normal(size=concepts)
    score = np.clip(0.1 + 0.3 * np.maximum(x - 3, 0) + 0.05 * random.normal(size=concepts), 0, 1)
    return FitInput(
        corpus="tiny",
        search=search,
        threshold=threshold,
        sets=tuple(f"set {number}" for number in range(sets)),
        model="m",
        prompt="class",
        metric="accuracy",
        protocol=Protocol("paper"),
        names=tuple(f"concept {number}" for number in range(concepts)),
        set_of=tuple(f"set {number % sets}" for number in range(concepts)),
        frequency=tuple(np.floor(10**x).astype(int).tolist()),
        score=tuple(score.tolist()),
        images=(40,) * concepts,
    )


def test_forms_are_rows_with_the_knot_at_the_hinge() -> None:
    made = item("text", None, 1)
    found = FormsOfFit(made, made.forms())
    rows = pa.Table.from_pylist(list(found.rows), schema=FORM_ROWS).to_pylist()
    assert [tuple(row) for row in found.rows] == [tuple(FORM_ROWS.names)] * 4
    assert [row["form"] for row in rows] == ["linear", "logistic", "power", "hinge"]
    assert rows[3]["knot"] == pytest.approx(1000, rel=0.5) and rows[3]["knot_low"] < 1000 < rows[3]["knot_high"]
    assert all(row["knot"] is None for row in rows[:3]) and rows[0]["told_apart"]
    assert str(found).startswith("tiny, text, m, class: The hinge form fits best")


def test_searches_are_paired_by_corpus_and_model() -> None:
    text, image = item("text", None, 1), item("image", 0.7, 2)
    items = [text, image, replace(image, threshold=0.9), replace(image, model="other"), item("integrated", 0.7, 3)]
    assert list(pairs_of_searches(items)) == [(text, image), (text, items[2])]
    assert list(pairs_of_searches(items[1:])) == []


def test_two_searches_are_fitted_over_the_concepts_that_both_answer() -> None:
    text, image = item("text", None, 1), item("image", 0.7, 2)
    less = replace(
        text, names=text.names[9:], set_of=text.set_of[9:], frequency=text.frequency[9:], score=text.score[9:]
    )
    found = JointOfFits(image, joint_of(less, image))
    assert found.joint.concepts == 391 and found.title == "tiny, text and image above 0.7, m, class"
    assert [tuple(row) for row in found.rows] == [tuple(JOINT_ROWS.names)] * 2
    assert pa.Table.from_pylist(list(found.rows), schema=JOINT_ROWS)["of"].to_pylist() == ["text", "image"]
    with pytest.raises(ValueError, match="no concept is answered by both"):
        joint_of(replace(text, names=tuple(f"other {name}" for name in text.names)), image)


def test_a_plan_says_nothing_beyond_a_knot() -> None:
    fit = item("text", None, 1).fit()
    notes = [one.note for one in plan_of(fit, None, 0.3).needed if one.samples is None]
    assert notes and all(note.startswith("cannot say: the slope changes near ") for note in notes)
