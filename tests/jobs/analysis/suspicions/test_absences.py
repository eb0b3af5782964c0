"""What a search lacks: lists, and frequencies above 0."""

from __future__ import annotations

import pytest
import suspects

from jobs.analysis.suspicions.absences import list_absent, zeros, zeros_in_list
from jobs.analysis.suspicions.suspicion import Question, by_question

PETS = {"dog": 10_000, "cat": 100, "newt": 0}
BIRDS = {"owl": 100, "wren": 100}


def test_lists_that_another_search_or_corpus_has(text: Question, image: Question) -> None:
    elsewhere = Question("own", "d", "text", "strict")
    counts = [
        *suspects.counts(text, PETS, "pets"),
        *suspects.counts(image, PETS, "pets"),
        *suspects.counts(image, BIRDS, "birds"),
        *suspects.counts(elsewhere, {"dog": 1}, "pets"),
    ]
    found = {(one.question, one.lists[0]): one for one in list_absent(by_question(counts))}
    assert {key: (one.kind, one.concepts) for key, one in found.items()} == {
        (text, "birds"): ("list_absent", 2),
        (elsewhere, "pets"): ("list_incomplete", 2),
    }
    assert found[text, "birds"].decades == pytest.approx(3)
    assert "birds has 2 concepts in c, image search above 0.5; c, text search (strict) lacks it" in {
        one.reason for one in found.values()
    }


def test_corpora_without_a_common_list_lack_nothing(text: Question) -> None:
    prompts = Question("own", "art", "text", "strict")
    counts = [*suspects.counts(text, PETS, "pets"), *suspects.counts(prompts, {"castle": 4}, "t2i")]
    assert not list(list_absent(by_question(counts)))


def test_own_and_published_counts_are_not_compared(text: Question) -> None:
    published = Question("published", "c", "text", "lemmatized")
    counts = [*suspects.counts(text, PETS, "pets"), *suspects.counts(published, {"dog": 4}, "pets")]
    assert not list(list_absent(by_question(counts)))


def test_a_list_with_an_improbable_share_of_zeros(text: Question) -> None:
    counts = [
        *suspects.counts(text, {f"plane {row}": 0 if row < 45 else 100 for row in range(50)}, "aircraft"),
        *suspects.counts(text, {f"pet {row}": 0 if row < 12 else 100 for row in range(40)}, "pets"),
        *suspects.counts(text, {f"food {row}": 0 if row < 15 else 100 for row in range(40)}, "food"),
    ]
    [found] = zeros_in_list(counts)
    assert found.lists == ("aircraft",) and found.decades == 2
    # Of the others 27.5 of 81 are 0: 45 where 17 are usual.
    assert found.concepts == 28
    assert "45 of the 50 concepts of aircraft are 0 (share 0.90), of the other lists a share of 0.34" in found.reason


def test_a_small_or_single_list_is_not_judged(text: Question) -> None:
    alone = suspects.counts(text, {f"plane {row}": 0 for row in range(50)}, "aircraft")
    assert not list(zeros_in_list(alone))
    assert not list(zeros_in_list([*alone[:4], *suspects.counts(text, suspects.spread(50), "other")]))


def test_the_share_of_zeros_of_lists_that_are_fitted_together(text: Question, image: Question) -> None:
    counts = [
        *suspects.counts(text, {**PETS, "737": None}, "pets"),
        *suspects.counts(image, {**PETS, "737": None}, "pets"),
        # In one search only, and for another task.
        *suspects.counts(image, {f"sketch {row}": 0 for row in range(9)}, "sketches"),
        *suspects.counts(text, {"sea": 0, "sky": 0}, "scenes"),
    ]
    found = list(zeros(by_question(counts), {"scenes": "retrieval"}))
    assert [(one.question, one.lists, one.concepts) for one in found] == [
        (image, ("pets",), 1),
        (text, ("pets",), 1),
        (text, ("scenes",), 2),
    ]
    assert "1 of 3 concepts are 0 (share 0.33)" in found[0].reason and found[0].decades == 3
