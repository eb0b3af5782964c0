"""Equal frequencies: what a dropped term leaves, and what chance does."""

from __future__ import annotations

import pytest
import suspects

from jobs.analysis.suspicions.chance import Chance
from jobs.analysis.suspicions.suspicion import Count, Question
from jobs.analysis.suspicions.ties import equals_a_term, same_frequency, shared_term, ties


def test_a_concept_as_frequent_as_its_term(text: Question) -> None:
    counts = suspects.counts(text, {"dog": 36_103, "Newfoundland_dog": 36_103, "hot-dog": 36_103, "dog house": 900})
    found = list(equals_a_term(ties(counts)))
    assert suspects.concepts(found) == ["Newfoundland_dog", "hot-dog"]
    assert {(one.other, one.concepts, one.frequency) for one in found} == {("dog", 2, 36_103)}
    assert found[0].weight == pytest.approx(2 * 4.5575, abs=1e-3)
    assert "Newfoundland_dog is as frequent as dog (36,103)" in found[0].reason


def test_a_plural_is_its_term(text: Question) -> None:
    counts = suspects.counts(text, {"bell": 300, "canterbury bells": 300, "glass": 70, "wine glasses": 70})
    assert suspects.concepts(list(equals_a_term(ties(counts)))) == ["canterbury bells", "wine glasses"]


def test_the_terms_of_the_query_decide_where_they_are_known(text: Question) -> None:
    leaf = Count(text, "leaf", (), 50, (("leaf",),))
    oak = Count(text, "oak leaves", (), 50, (("oak",), ("leaves", "leaf")))
    assert suspects.concepts(list(equals_a_term(ties([leaf, oak])))) == ["oak leaves"]


def test_small_frequencies_may_be_equal(text: Question) -> None:
    counts = suspects.counts(text, {"york": 9, "new_york": 9, "zebra": 0, "zebra crossing": 0, "cat": None})
    assert not ties(counts)


def test_names_of_one_query_are_no_tie(text: Question) -> None:
    counts = suspects.counts(text, {"River": 29_087, "river": 29_087, "soccer_ball": 500, "soccer ball": 500})
    assert not ties(counts)


def test_a_shared_term_need_not_be_a_concept(text: Question) -> None:
    birds = {"American_Avocet": 16_267, "American_Coot": 16_267, "American_Pipit": 16_267, "American_Crow": 40}
    counts = suspects.counts(text, birds)
    found = list(shared_term(counts, ties(counts)))
    assert suspects.concepts(found) == ["American_Avocet", "American_Coot", "American_Pipit"]
    assert {(one.other, one.concepts) for one in found} == {("american", 3)}
    assert "with American_Coot, American_Pipit" in found[0].reason


def test_sharers_that_meet_by_chance_are_left_alone(text: Question) -> None:
    counts = suspects.counts(text, {f"American {letter}": 10 + row // 2 for row, letter in enumerate("abcdefgh")})
    assert len(ties(counts)) == 4
    assert not list(shared_term(counts, ties(counts)))


def test_one_large_frequency_of_several_concepts(text: Question) -> None:
    counts = suspects.counts(text, {**suspects.spread(30), "owl": 52_342, "ray": 52_342, "tram": 33, "oak": 33})
    found = list(same_frequency(counts, ties(counts)))
    assert suspects.concepts(found) == ["owl", "ray"]
    assert found[0].other == "ray" and found[0].concepts == 2


def test_names_of_several_terms_need_share_none(text: Question) -> None:
    counts = suspects.counts(text, {**suspects.spread(30), "Black Swan": 52_342, "tower bridge": 52_342})
    found = ties(counts)
    assert suspects.concepts(list(same_frequency(counts, found))) == ["Black Swan", "tower bridge"]
    assert not list(shared_term(counts, found))


def test_from_which_size_on_depends_on_how_many_concepts_there_are(text: Question) -> None:
    pair = {"owl": 600, "ray": 600}
    few = suspects.counts(text, {**suspects.spread(5), **pair})
    many = suspects.counts(text, {**{f"filler{row}": 400 + row for row in range(200)}, **pair})
    assert suspects.concepts(list(same_frequency(few, ties(few)))) == ["owl", "ray"]
    assert not list(same_frequency(many, ties(many)))


def test_a_tie_that_terms_explain_is_not_found_twice(text: Question) -> None:
    counts = suspects.counts(text, {"dog": 36_103, "hot-dog": 36_103, "Pine_Siskin": 3_685, "Pine_Warbler": 3_685})
    assert not list(same_frequency(counts, ties(counts)))


def test_ties_by_chance_are_counted_among_the_neighbours() -> None:
    # 99 neighbours between 100 and 400, so 99 / 300 = 0.33 beside the concept at 200; pairs only there and above.
    values = [*range(101, 200), 200]
    assert Chance(values).expected(200, 2) == pytest.approx(99 / 300 / 2)
    assert Chance(values).expected(200, 3) == pytest.approx((99 / 300) ** 2 / 6)
    assert Chance([1_000_000] * 40).expected(1_000_000, 40) < 1e-100
