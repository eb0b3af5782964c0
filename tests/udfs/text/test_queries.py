"""Concepts as queries: each rule by hand, in strict and in the paper's way."""

from __future__ import annotations

import re
from typing import Any

import pytest

from udfs.counting.matching import Matcher
from udfs.text.nouns import find_nouns
from udfs.text.queries import Query, paper_query, resolve_absent, strict_query


def holds(concept: str, caption: str, pipeline: Any, mode: Any = "strict") -> bool:
    nouns = next(find_nouns([caption], pipeline))
    return Matcher([strict_query(concept, pipeline)], mode).match(nouns.keys, nouns.positions) == [0]


@pytest.mark.parametrize(
    ("concept", "terms"),
    [
        ("dog", (("dog",),)),
        ("New_York", (("new",), ("york",))),
        ("living_room", (("living",), ("room",))),
        ("t-shirt", (("t",), ("shirt",))),
        ("leaves", (("leaves", "leaf"),)),  # exception table; alone it is tagged as a verb
        ("oxen", (("oxen", "ox"),)),  # only the exception table says so: known as it is, tagged NNP
        ("kayaks", (("kayaks", "kayak"),)),  # the lemma is known, the form is not
        ("tigers", (("tigers", "tiger"),)),  # the form is known too, but tagged NNS
        ("glasses", (("glasses", "glass"),)),
        ("rose", (("rose",),)),  # tagged VBD alone: rise
        ("bus", (("bus",),)),  # not "bu"
        ("boss", (("boss",),)),
        ("gas", (("gas",),)),
        ("men's", (("men", "man"),)),
        ("women’s shoes", (("women", "woman"), ("shoes", "shoe"))),
        ("dogs' bowl", (("dogs", "dog"), ("bowl",))),
        ("café", (("caf",),)),
        ("rock & roll", (("rock",), ("roll",))),
        ("bibimbap", (("bibimbap",),)),  # in no table, tagged JJ
        ("malibu", (("malibu",),)),
        ("kayaking", (("kayaking",),)),  # -ing forms are tagged NN in captions
        ("hot dog", (("hot",), ("dog",))),
        ("  Dog \n", (("dog",),)),
    ],
)
def test_strict_terms(concept: str, terms: tuple[tuple[str, ...], ...], pipeline: Any) -> None:
    assert strict_query(concept, pipeline) == Query(concept, terms, None)


@pytest.mark.parametrize(
    ("concept", "reason"),
    [
        ("737", "'737' has digits"),
        ("A310", "'a310' has digits"),
        ("Boeing 737-200", "'737' has digits.*'200' has digits"),
        ("striped", "'striped' is never a noun"),
        ("bumpy", "'bumpy' is never a noun"),
        ("smeared", "'smeared' is never a noun"),
        ("of", "'of' is never a noun"),
        ("bird of paradise", "'of' is never a noun"),
        ("三", "'三' has no letter A-Z"),
        ("\ud800", "has no letter A-Z"),
        ("", "no word is left"),
        (" _ ", "no word is left"),
        ("’s", "no word is left"),
        ("!?", "no word is left"),
    ],
)
def test_what_cannot_be_answered_is_said(concept: str, reason: str, pipeline: Any) -> None:
    query = strict_query(concept, pipeline)
    assert query.terms == ()
    assert query.unanswerable is not None
    assert re.search(reason, query.unanswerable)


@pytest.mark.parametrize(
    ("concept", "caption", "held"),
    [
        ("new york", "The skyline of New York at night", True),
        ("living_room", "a sofa in the living room", True),
        ("leaves", "green leaves on a tree", True),
        ("leaves", "a single leaf", True),
        ("tigers", "The Tigers won the game", True),
        ("tigers", "a tiger in the zoo", True),
        ("tiger", "The Tigers won the game", False),
        ("t-shirt", "a man in a white T-shirt", True),
        ("dog", "two dogs", True),
        ("dog", "a cat", False),
        ("men", "a man with a hat", True),
    ],
)
def test_strict_captions(concept: str, caption: str, held: bool, pipeline: Any) -> None:
    assert holds(concept, caption, pipeline) is held


@pytest.mark.parametrize(
    ("concept", "caption", "held"),
    [
        ("t-shirt", "a man in a white T-shirt", True),
        ("t-shirt", "a shirt with the letter T", False),
        ("dog bowl", "the dog's bowl", True),
        ("dog bowl", "the dog and its bowl", False),
        ("dog bowl", "a bowl and a dog", False),
        ("house boat", "the house, boat and shed", True),  # punctuation between them is ignored
        ("boat house", "the house, boat and shed", False),
        ("dog", "a dog", True),
    ],
)
def test_phrases(concept: str, caption: str, held: bool, pipeline: Any) -> None:
    assert holds(concept, caption, pipeline, "phrase") is held


@pytest.mark.parametrize(
    ("concept", "terms"),
    [
        ("leaves", (("leave",),)),
        ("rose", (("rise",),)),
        ("t-shirt", (("shirt",),)),
        ("New_York", (("new",), ("york",))),
        ("__dog  bed_", (("dog",), ("bed",))),
        ("737", (("737",),)),
        ("", ()),
        ("_ _", ()),
    ],
)
def test_paper_terms(concept: str, terms: tuple[tuple[str, ...], ...], pipeline: Any) -> None:
    assert paper_query(concept, pipeline) == Query(concept, terms, None)


def test_absent_terms_are_dropped_and_names_keep_their_capitals(pipeline: Any) -> None:
    vocabulary = {"green", "New", "York", "dog"}
    assert resolve_absent(paper_query("green mamba", pipeline), vocabulary).terms == (("green",),)
    assert resolve_absent(paper_query("new york", pipeline), vocabulary).terms == ()
    assert resolve_absent(paper_query("", pipeline), vocabulary).terms == ()


def test_a_query_with_nothing_left_holds_nowhere(pipeline: Any) -> None:
    gone = resolve_absent(paper_query("mamba", pipeline), {"dog"})
    assert Matcher([gone], "paper").match(["dog"], [0]) == []
