"""Scores of classes from tallies worked by hand."""

from __future__ import annotations

import logging
from random import Random
from typing import Any

import pytest

from jobs.stages.class_scores import ClassTally, class_rows, whole_set_rows

NAMES = ("cat", "dog", "fox", "owl", "cat")
# Ten cats, of which six are seen as such; two dogs, both taken for something else; no fox.
TALLIES = (
    ClassTally("cat", "class", "ok", "cat", 12, 4, 3.0),
    ClassTally("cat", "class", "ok", "cat", 6, 2, 0.75),
    ClassTally("cat", "class", "ok", "fox", 6, 2, 0.75),
    ClassTally("cat", "class", "ok", "dog", 6, 1, 0.375),
    ClassTally("cat", "class", "ok", "dog", 7, 1, 0.4375),
    ClassTally("dog", "class", "ok", "cat", 15, 2, 2.0),
    ClassTally("owl", "class", "ok", "owl", 15, 1, 1.0),
    ClassTally("cat", "class", "not_an_image", None, None, 3, None),
    ClassTally(None, "class", "bad_member", "dog", 4, 5, 1.25),
)


def rows(tallies: tuple[ClassTally, ...] = TALLIES) -> dict[str, dict[str, Any]]:
    made = class_rows(tallies, NAMES, ["class"])
    assert [row["concept"] for row in made] == ["cat", "dog", "fox", "owl"]
    return {row["concept"]: row for row in made}


def test_accuracy_and_what_a_class_is_taken_for() -> None:
    cat, dog, fox, owl = rows().values()
    assert (cat["value"], cat["samples"]) == (0.6, 10) and (dog["value"], dog["samples"]) == (0.0, 2)
    assert (cat["confused_with"], cat["confused"]) == ("dog", 2), "of equal ones the first by name"
    assert (dog["confused_with"], dog["confused"]) == ("cat", 2)
    assert (owl["confused_with"], owl["confused"]) == (None, None)
    assert fox == {
        "concept": "fox", "prompt": "class", "metric": "accuracy", "predicted": 2, "value": None, "samples": 0,
        "confused_with": None, "confused": None, "confidence": None, "calibration_error": None,
    }  # fmt: skip


def test_a_class_is_predicted_as_often_as_usable_images_are_taken_for_it() -> None:
    assert {name: row["predicted"] for name, row in rows().items()} == {"cat": 8, "dog": 2, "fox": 2, "owl": 1}


def test_calibration_is_over_bins_and_not_over_names() -> None:
    cat, dog, _, owl = rows().values()
    # Bin 12: 4 of 4 right, confidence 3; bin 6: 2 of 5, 1.875; bin 7: 0 of 1, 0.4375.
    assert cat["calibration_error"] == pytest.approx((1 + 0.125 + 0.4375) / 10)
    assert cat["confidence"] == pytest.approx(5.3125 / 10)
    assert (dog["calibration_error"], owl["calibration_error"]) == (1.0, 0.0)


def test_the_order_of_tallies_changes_nothing() -> None:
    for seed in range(5):
        assert rows(tuple(Random(seed).sample(TALLIES, len(TALLIES)))) == rows()


def test_the_whole_set_is_a_row_and_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    [row] = whole_set_rows("pets", "m", TALLIES)
    assert whole_set_rows("pets", "m", [one for one in TALLIES if not one.usable]) == []
    assert (row["concept"], row["prompt"], row["metric"]) == ("", "class", "whole_set_accuracy")
    assert (row["value"], row["samples"], row["confidence"]) == (7 / 13, 13, pytest.approx(8.3125 / 13))
    (record,) = caplog.records
    # Bin 15: 1 of 3 right, confidence 3.
    assert record.getMessage() == (
        "pets m, class: accuracy 0.5385 over 13 images, mean confidence 0.6394, "
        f"expected calibration error {(1 + 0.125 + 0.4375 + 2) / 13:.4f}"
    )
