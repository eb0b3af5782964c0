"""One concept under several searches: what the others let expect, and what cannot be."""

from __future__ import annotations

import pytest
import suspects

from jobs.analysis.suspicions.searches import Ratio, integrated_above_part, low_in_one_search
from jobs.analysis.suspicions.suspicion import Question, by_question

LEMMATIZED = Question("published", "c", "text", "lemmatized")
LOWERCASED = Question("published", "c", "text", "lowercased")


def test_zero_in_one_search_and_large_in_another(text: Question, image: Question) -> None:
    # Text finds a tenth of what image search finds.
    shown = suspects.spread(40, start=100)
    told = {name: number // 10 for name, number in shown.items()}
    counts = [
        *suspects.counts(text, {**told, "rose": 0, "lily": 0, "reed": 3_000}),
        *suspects.counts(image, {**shown, "rose": 500_000, "lily": 60, "reed": 30_000}),
    ]
    [found] = low_in_one_search(by_question(counts))
    assert (found.kind, found.concept, found.frequency) == ("zero_in_one_search", "rose", 0)
    assert found.decades == pytest.approx(4.7, abs=0.02)
    assert "0 in text search (strict), but 500,000 in image search above 0.5" in found.reason


def test_what_is_far_below_is_found_too() -> None:
    shared = suspects.spread(30)
    counts = [
        *suspects.counts(LEMMATIZED, {**shared, "dining table": 1, "rose": 1_601, "leaf": 90}),
        *suspects.counts(LOWERCASED, {**shared, "dining table": 2_427, "rose": 4_121, "leaf": 60}),
    ]
    found = list(low_in_one_search(by_question(counts)))
    assert {one.kind for one in found} == {"low_in_one_search"}
    assert [(one.concept, one.question) for one in found] == [("dining table", LEMMATIZED), ("rose", LEMMATIZED)]


def test_searches_that_differ_widely_allow_for_it(text: Question, image: Question) -> None:
    shown = suspects.spread(40, start=1_000)
    told = {name: max(1, number // 10 ** (row % 4)) for row, (name, number) in enumerate(shown.items())}
    counts = [*suspects.counts(text, {**told, "rose": 0}), *suspects.counts(image, {**shown, "rose": 5_000})]
    assert not list(low_in_one_search(by_question(counts)))


def test_few_concepts_are_judged_by_an_assumed_spread(text: Question, image: Question) -> None:
    counts = [
        *suspects.counts(text, {"dog": 40, "rose": 0, "lily": 0, "737": None}),
        *suspects.counts(image, {"dog": 10, "rose": 50_000, "lily": 600, "737": 9_000_000}),
    ]
    assert [one.concept for one in low_in_one_search(by_question(counts))] == ["rose"]


def test_image_search_is_compared_with_text_and_not_with_its_other_thresholds(text: Question) -> None:
    low, high = (Question("own", "c", "image", None, threshold) for threshold in (0.5, 0.7))
    counts = [*suspects.counts(low, {"rose": 90_000}), *suspects.counts(high, {"rose": 0})]
    assert not list(low_in_one_search(by_question(counts)))
    counts += suspects.counts(text, {"rose": 5_000})
    assert [one.question for one in low_in_one_search(by_question(counts))] == [high]


def test_text_is_compared_with_image_search_at_its_highest_threshold(text: Question) -> None:
    low, high = (Question("own", "c", "image", None, threshold) for threshold in (0.5, 0.7))
    counts = [*suspects.counts(low, {"rose": 900_000, "lily": 900_000}), *suspects.counts(high, {"rose": 9_000})]
    found = list(low_in_one_search(by_question([*counts, *suspects.counts(text, {"rose": 0, "lily": 0})])))
    assert [(one.concept, one.other) for one in found] == [("rose", "image search above 0.7: 9000")]


def test_integrated_search_is_compared_with_the_smaller_half(text: Question, image: Question, both: Question) -> None:
    counts = [
        *suspects.counts(text, {"rose": 9_000, "lily": 0}),
        *suspects.counts(image, {"rose": 80_000, "lily": 70_000}),
        *suspects.counts(both, {"rose": 0, "lily": 0}),
    ]
    found = [one for one in low_in_one_search(by_question(counts)) if one.question == both]
    assert [(one.concept, one.other) for one in found] == [("rose", "the smaller of text and image: 9000")]


def test_integrated_above_a_part(text: Question, image: Question, both: Question) -> None:
    counts = [
        *suspects.counts(text, {"dog": 50, "cat": 50, "owl": None}),
        *suspects.counts(image, {"dog": 70, "cat": 20, "owl": 5}),
        *suspects.counts(both, {"dog": 50, "cat": 40, "owl": None}),
    ]
    [found] = integrated_above_part(by_question(counts))
    assert (found.concept, found.frequency, found.other) == ("cat", 40, "image search above 0.5: 20")
    assert found.decades == pytest.approx(0.30103)


def test_halves_of_another_method_or_threshold_are_no_halves(both: Question) -> None:
    others = [Question("own", "c", "text", "paper"), Question("own", "c", "image", None, 0.7)]
    counts = [count for other in others for count in suspects.counts(other, {"cat": 1})]
    assert not list(integrated_above_part(by_question([*counts, *suspects.counts(both, {"cat": 40})])))


def test_the_ratio_is_taken_from_what_both_find() -> None:
    counts = {f"c{row}": 10 * (row + 1) for row in range(25)}
    ratio = Ratio.between({**counts, "none": 0}, {name: 100 * value for name, value in counts.items()})
    assert ratio.middle == pytest.approx(-2) and ratio.spread == pytest.approx(0, abs=1e-9)
    assert ratio.limit == pytest.approx(0.30103)
