"""The matcher against the plain definition: sets and loops, on random data and on real captions."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting.matching import Matcher
from udfs.text.nouns import Nouns
from udfs.text.queries import Query, paper_query, resolve_absent, strict_query

CONCEPTS = """
dog|dogs|cat|cats|new york|New_York|living room|living_room|leaves|leaf|rose|roses|t-shirt|shirt|tiger|
tigers|green mamba|france|glasses|glass|men's|women's shoes|women’s dress|men|man|woman|people|person|
kayak|kayaks|kayaking|bus|buses|boss|lens|gas|café|hot dog|polar bear|United States|los angeles|
san francisco|red carpet|wedding|wedding dress|dress|dresses|christmas|christmas tree|tree|trees|
palm tree|football|football player|players|player|team|city|cities|street|streets|house|houses|home|
kitchen|kitchen table|table|tables|chair|dining_room|dining table|bedroom|bathroom|bed|car|cars|
sports car|vehicle|truck|train|train_station|station|airplane|plane|boat|boats|ship|bridge|river|lake|
sea|beach|sunset|sunrise|sky|cloud|clouds|snow|winter|summer|autumn|spring|flower|flowers|garden|park|
forest|mountain|mountains|hill|field|grass|horse|horses|cow|sheep|bird|birds|butterfly|butterflies|fish|
shark|elephant|lion|bear|monkey|illustration|vector|vector illustration|pattern|seamless pattern|
background|image|photo|photograph|picture|painting|art|artist|actor|actress|film|movie|film premiere|
premiere|music|guitar|band|singer|concert|stage|festival|fashion|fashion week|model|models|hair|
hair style|face|eyes|eye|hand|hands|child|children|boy|girl|girls|baby|mother|father|family|friends|
couple|group|crowd|student|school|university|office|business|businessman|computer|phone|camera|book|
books|newspaper|food|pizza|cake|chocolate|chocolate cake|coffee|tea|wine|beer|fruit|apple|apples|orange|
vegetables|tomato|tomatoes|potato|cheese|bread|soup|salad|chicken|meat|rice|water|bottle|glass bottle|
wall|window|windows|door|floor|bird of paradise|striped|bumpy|737|A310|’s||!|三|of|world|world map|map|
flag|day|night|time|year|years|life|death|sign
"""
MODES = ("strict", "paper", "phrase")


def concepts() -> list[str]:
    return CONCEPTS.replace("\n", "").split("|")


def naive(queries: list[Query], mode: str, keys: list[str], positions: list[int]) -> list[int]:
    """The definition, word for word: every term has a candidate in the set; in a phrase, side by side."""
    keys = keys if mode == "paper" else [key.lower() for key in keys]
    at = {}
    for key, position in zip(keys, positions, strict=True):
        at.setdefault(position, set()).add(key)
    found = []
    for number, query in enumerate(queries):
        if query.unanswerable is not None or not query.terms:
            continue
        if mode == "phrase":
            holds = any(all(set(term) & at.get(p + i, set()) for i, term in enumerate(query.terms)) for p in at)
        else:
            holds = all(set(term) & set(keys) for term in query.terms)
        if holds:
            found.append(number)
    return found


words = st.sampled_from(["a", "b", "c", "d", "e", "ab", "bc", "A", "B"])
terms = st.lists(words, min_size=1, max_size=3, unique=True).map(tuple)
queries = st.builds(
    Query, st.just("x"), st.lists(terms, max_size=4).map(tuple), st.sampled_from([None, None, None, "why"])
)
occurrences = st.lists(st.tuples(words, st.integers(0, 12)), max_size=12)


def held(matcher: Matcher, captions: Sequence[Sequence[tuple[str, int]] | None]) -> list[list[int]]:
    """What each caption holds."""
    return [matcher.match([key for key, _ in one or ()], [place for _, place in one or ()]) for one in captions]


def pairs(found: Sequence[Nouns]) -> list[list[tuple[str, int]]]:
    return [list(zip(nouns.keys, nouns.positions, strict=True)) for nouns in found]


@settings(deadline=None)
@given(st.lists(queries, max_size=25), st.lists(st.none() | occurrences, max_size=8), st.sampled_from(MODES))
def test_equals_the_definition_on_random_data(
    listed: list[Query], captions: list[list[tuple[str, int]] | None], mode: Any
) -> None:
    expected = [naive(listed, mode, [key for key, _ in one or ()], [p for _, p in one or ()]) for one in captions]
    assert held(Matcher(listed, mode), captions) == expected


@pytest.mark.parametrize("mode", MODES)
def test_equals_plain_loops_over_documents_on_real_captions(
    mode: Any, found: list[Nouns], expected: list[list[tuple[str, int]]], pipeline: Any
) -> None:
    if mode == "paper":
        vocabulary = {key for pairs in expected for key, _ in pairs}
        listed = [resolve_absent(paper_query(c, pipeline), vocabulary) for c in concepts()]
    else:
        listed = [strict_query(c, pipeline) for c in concepts()]
    known = [naive(listed, mode, [k for k, _ in pairs], [p for _, p in pairs]) for pairs in expected]
    assert held(Matcher(listed, mode), pairs(found)) == known
    assert sum(len(numbers) for numbers in known) > 1_000


def test_a_phrase_is_held_where_strict_holds_and_less_often(found: list[Nouns], pipeline: Any) -> None:
    listed = [strict_query(c, pipeline) for c in concepts()]
    anywhere = [set(numbers) for numbers in held(Matcher(listed, "strict"), pairs(found))]
    side_by_side = [set(numbers) for numbers in held(Matcher(listed, "phrase"), pairs(found))]
    assert all(a <= b for a, b in zip(side_by_side, anywhere, strict=True))
    assert 0 < sum(map(len, side_by_side)) < sum(map(len, anywhere))


def test_a_caption_counts_once_and_unanswerable_never() -> None:
    listed = [Query("dog", (("dog",),), None), Query("of", (("dog",),), "why"), Query("", (), None)]
    assert Matcher(listed, "strict").match(["dog", "Dog"], [0, 3]) == [0]
    assert Matcher(listed, "strict").match([], []) == []
    assert Matcher([], "strict").match(["dog"], [0]) == []


def test_a_matcher_travels(pipeline: Any) -> None:
    long = Query("long", tuple((f"w{i}",) for i in range(3000)), None)
    matcher = pickle.loads(pickle.dumps(Matcher([long, strict_query("dog", pipeline)], "phrase")))
    assert matcher.match(["dog"], [0]) == [1]
    assert matcher.match([f"w{i}" for i in range(3000)], list(range(3000))) == [0]


@pytest.mark.long
def test_half_a_million_entries() -> None:
    """MetaCLIP's size: they travel in 64 MiB, and each caption finds its own among them, held or not."""
    rng = np.random.default_rng(0)
    words = np.array([f"w{i}" for i in range(300_000)])
    pairs_of = words[rng.integers(0, 300_000, (250_000, 2))].tolist()
    singles = [Query(word, ((word,),), None) for word in words[:250_000].tolist()]
    listed = singles + [Query(f"{a} {b}", ((a,), (b,)), None) for a, b in pairs_of]
    drawn = words[rng.integers(0, 300_000, (20_000, 6))].tolist()
    captions = [[(word, place) for place, word in enumerate(caption)] for caption in drawn]
    captions += [[(word, place) for place, word in enumerate(pair)] for pair in pairs_of[:1_000]]

    sent = pickle.dumps(Matcher(listed, "phrase"))
    assert len(sent) < 64 << 20
    matcher = pickle.loads(sent)
    by_name = {query.concept: number for number, query in enumerate(listed)}
    for caption, found in zip(captions[::50], held(matcher, captions[::50]), strict=True):
        keys = [key for key, _ in caption]
        names = {*keys, *(f"{a} {b}" for a, b in zip(keys, keys[1:], strict=False))}
        expected = {by_name[name] for name in names if name in by_name}
        assert {listed[number].concept for number in found} == {listed[number].concept for number in expected}
