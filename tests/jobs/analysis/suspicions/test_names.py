"""Names: one with two frequencies, several for one thing, and those that the evaluations lack."""

from __future__ import annotations

import pytest
import suspects

from jobs.analysis.suspicions.names import differs_between_lists, differs_in_spelling, unpaired_name
from jobs.analysis.suspicions.suspicion import Question


def test_one_name_with_two_frequencies(text: Question) -> None:
    counts = [
        *suspects.counts(text, {"dock": 1_729, "sky": 31_874}, "imagenet"),
        *suspects.counts(text, {"dock": 1_702, "sky": 31_874}, "coco"),
    ]
    [found] = differs_between_lists(counts)
    assert (found.concept, found.frequency, found.lists, found.other) == ("dock", 1_702, ("coco",), "imagenet: 1,729")
    assert found.concepts == 2 and found.decades == pytest.approx(0.00684, abs=1e-5)


def test_names_that_differ_by_case_or_underscore_only(text: Question) -> None:
    counts = [
        *suspects.counts(text, {"Forest": 21_371, "hot-dog": 5}, "eurosat"),
        *suspects.counts(text, {"forest": 21_303, "ice_cream": 8, "hot dog": 7}, "cifar100"),
        *suspects.counts(text, {"ice cream": 8}, "food101"),
    ]
    found = {one.concept: one for one in differs_in_spelling(counts)}
    assert set(found) == {"forest", "ice_cream"}
    assert found["forest"].other == "Forest" and found["forest"].weight > 0
    assert found["ice_cream"].weight == 0
    assert "Forest 21,371 (eurosat); forest 21,303 (cifar100)" in found["forest"].reason


def test_counted_names_without_evaluations(text: Question) -> None:
    counts = suspects.counts(text, {"airplane": 100, "dog": 5}, "cifar10")
    counts += suspects.counts(text, {"African chameleon": 9, "ant": 4}, "imagenet-r")
    counts += suspects.counts(text, {"boat": 9}, "coco")
    evaluated = {
        "cifar10": frozenset({"plane", "dog"}),
        "imagenet-r": frozenset({"African_chameleon", "ant", "axolotl"}),
        "food101": frozenset({"pizza"}),
    }
    found = {one.concept: one for one in unpaired_name(counts, evaluated, {})}
    assert {name: one.other for name, one in found.items()} == {
        "airplane": "plane",
        "African chameleon": "African_chameleon",
        "axolotl": None,
    }
    assert found["airplane"].decades == 2 and "lost from the fit" in found["airplane"].reason
    [fixed] = [
        one for one in unpaired_name(counts, evaluated, {"cifar10": {"plane": "airplane"}}) if one.concept == "airplane"
    ]
    assert fixed.weight == 0 and "a name fix pairs the two" in fixed.reason
