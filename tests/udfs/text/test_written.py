"""Words as a user types them, and the queries that are made of them without a pipeline."""

from __future__ import annotations

import pytest

from udfs.text.modes import Mode, make_queries
from udfs.text.written import singulars, written_query


@pytest.mark.parametrize(
    ("concept", "mode", "terms"),
    [
        ("Hot_dog stand", "strict", ["hot", "dog", "stand"]),
        ("new  new\tyork", "phrase", ["new", "new", "york"]),
        ("dog's t-shirt!", "strict", ["dog", "t", "shirt"]),
        ("the dogs’ house", "any_pos", ["the", "dogs", "house"]),
        ("Boeing 737", "raw", ["boeing", "737"]),
        ("New York", "paper", ["New", "York"]),
        ("caf&eacute;", "raw", ["café"]),
    ],
)
def test_words_are_keys_in_their_order(concept: str, mode: Mode, terms: list[str]) -> None:
    query = written_query(concept, mode)
    assert query.unanswerable is None and query.terms == tuple((term,) for term in terms)


@pytest.mark.parametrize(
    ("concept", "mode", "reason"),
    [
        ("737", "strict", "'737' has digits, which the index drops"),
        ("a b2 ь", "any_pos", "'b2' has digits, which the index drops; 'ь' has no letter A-Z"),
        ("_ !", "raw", "no word is left of it"),
        ("", "strict", "no word is left of it"),
        ("dog", "substring", "it is on no list, and substrings are searched for concepts of lists only"),
    ],
)
def test_what_no_index_can_have_says_why(concept: str, mode: Mode, reason: str) -> None:
    query = written_query(concept, mode)
    assert query.terms == () and query.unanswerable == reason


@pytest.mark.parametrize("mode", ["strict", "phrase", "raw"])
def test_singular_nouns_ask_what_a_listed_concept_asks(mode: Mode) -> None:
    concepts = ["dog", "new_york", "Golden retriever", "t-shirt", "shepherd's pie"]
    asked = make_queries(concepts, mode, "en_core_web_sm")
    for concept in concepts:
        assert [term[0] for term in asked[concept].terms] == [term for (term,) in written_query(concept, mode).terms]


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("dogs", ("dog",)),
        ("berries", ("berry", "berri", "berrie")),
        ("wolves", ("wolf", "wolfe", "wolv", "wolve")),
        ("s", ()),
        ("dog", ()),
    ],
)
def test_what_a_plural_may_be_the_plural_of(key: str, found: tuple[str, ...]) -> None:
    assert singulars(key) == found
