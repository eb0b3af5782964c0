"""The denominators of the published degrees are recovered, or given up by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.published.documents import COUNT, DEGREE, DEGREE_FOUND, MisalignmentTotals, Notes, misalignment

# The fixed sizes as the authors' README states them.
SIZES = {
    "cc3m": 3_318_333,
    "cc12m": 12_423_374,
    "yfcc15m": 14_825_236,
    "laion400m": 414_080_000,
    "laion_aesthetics": 161_100_000,
}


def test_the_published_sizes_are_recovered(paper: Path) -> None:
    published = json.loads((paper / "misalignment.json").read_text())
    notes = Notes()
    found = {corpus: misalignment(document, notes) for corpus, document in published.items()}
    assert {corpus: one.samples for corpus, one in found.items()} == SIZES
    for corpus, one in found.items():
        assert one.misaligned is not None and one.found is not None
        assert one.misaligned / one.found == published[corpus][DEGREE_FOUND]
    assert not notes.left_out


@pytest.mark.parametrize("degree", [0.33, 0.0, -0.1, 1.5, 1e-300, float("nan"), None, "0.25", True])
def test_a_degree_that_gives_no_whole_number_is_given_up(degree: Any) -> None:
    notes = Notes()
    assert misalignment({COUNT: 7, DEGREE_FOUND: 7 / 12, DEGREE: degree}, notes) == MisalignmentTotals(7, 12, None)
    assert list(notes.left_out.values()) == [[DEGREE]]


def test_a_rounded_degree_of_many_samples_names_no_number() -> None:
    notes = Notes()
    found = misalignment({COUNT: 21_996_097, DEGREE_FOUND: 0.0704344596, DEGREE: 21_996_097 / 414_080_000}, notes)
    assert found == MisalignmentTotals(21_996_097, None, 414_080_000)


def test_without_a_count_there_is_nothing() -> None:
    notes = Notes()
    assert misalignment({DEGREE: 0.5, DEGREE_FOUND: 0.5}, notes) == MisalignmentTotals()
    assert notes.left_out == {"null": [COUNT]}
