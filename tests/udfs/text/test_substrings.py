"""Substring search: spacing and entries worked by hand, and the automaton against a loop over all entries."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.text.queries import Query
from udfs.text.substrings import SubstringMatcher, spaced, substring_query


def matcher(entries: list[str], ignore_case: bool = False) -> SubstringMatcher:
    return SubstringMatcher([substring_query(entry) for entry in entries], ignore_case)


def by_loop(entries: list[str], text: str, ignore_case: bool = False) -> list[int]:
    """The definition: `in`, for each entry."""
    terms = [term for entry in entries for term in substring_query(entry).terms or [("\0",)]]
    if ignore_case:
        text, terms = text.lower(), [(term[0].lower(),) for term in terms]
    return [number for number, term in enumerate(terms) if term[0] in text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a dog", " a dog "),
        ("dog, cat", " dog ,  cat "),
        ("end.", " end .  "),
        ("a;b:c?d!e`f", " a ; b : c ? d ! e ` f "),
        ("a\tb\nc\rd", " a b c d "),
        ("it's 5% (off)", " it's 5% (off) "),
        ("", "  "),
    ],
)
def test_spaces_round_some_punctuation(text: str, expected: str) -> None:
    assert spaced(text) == expected


@pytest.mark.parametrize(
    ("concept", "entry"),
    [
        ("dog", " dog "),
        ("New_York", " New York "),
        ("_logo_", " logo "),
        ("living  room", " living room "),
        ("St. Louis", " St .  Louis "),
        ("e.g.", " e . g . "),
        ("!", " ! "),
    ],
)
def test_entries(concept: str, entry: str) -> None:
    assert substring_query(concept) == Query(concept, ((entry,),), None)


@pytest.mark.parametrize("concept", ["", " ", "_", " _\t"])
def test_nothing_left(concept: str) -> None:
    assert substring_query(concept) == Query(concept, (), "nothing is left of it")


@pytest.mark.parametrize(
    ("entry", "caption", "held"),
    [
        ("dog", "a dog", True),
        ("dog", "dogs and a hotdog", False),
        ("dog", "Dog", False),
        ("dog", "a cat, a dog.", True),
        ("dog", "(dog)", False),
        ("St. Louis", "The arch of St. Louis, MO", True),
        ("end.", "the end.", True),
        ("new york", "new york, new york", True),
        ("a b", "a, b", False),
    ],
)
def test_captions(entry: str, caption: str, held: bool) -> None:
    assert matcher([entry]).match([spaced(caption)], [0]) == [0] * held


def test_case_is_ignored_where_asked_for() -> None:
    entries = ["new york", "New York", "İstanbul", "NEW"]
    assert matcher(entries).match([spaced("New York")], [0]) == [1]
    assert matcher(entries, ignore_case=True).match([spaced("New YORK")], [0]) == [0, 1, 3]
    assert matcher(entries, ignore_case=True).match([spaced("İSTANBUL")], [0]) == [2]


pieces = st.text(alphabet="abA .,_\t😀é", max_size=8)


# The first example imports the library, which takes longer than an example may on a busy machine.
@settings(deadline=None)
@given(st.lists(pieces, max_size=12), st.lists(pieces.map(spaced), max_size=6), st.booleans())
def test_equals_a_loop_over_all_entries(entries: list[str], texts: list[str], ignore_case: bool) -> None:
    found = matcher(entries, ignore_case)
    expected = [by_loop(entries, text, ignore_case) for text in texts]
    assert [found.match([text], [0]) for text in texts] == expected
    rows, queries = found.match_batch(pa.array([[text] for text in texts], pa.list_(pa.string())))
    pairs = [(row, number) for row, numbers in enumerate(expected) for number in numbers]
    assert sorted(zip(rows.tolist(), queries.tolist(), strict=True)) == pairs


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_null_and_empty_lists_hold_nothing_in_any_encoding(kind: pa.DataType) -> None:
    texts = [[" a cat "], None, [" a dog "], [], None, [" dog dog cat "], [" cat "]]
    lists = pa.array(texts, pa.list_(pa.string())).cast(pa.list_(kind))
    found = matcher(["dog", "cat", "_"])
    for start in (0, 2):
        rows, queries = found.match_batch(lists.slice(start, 4))
        expected = {0: {(0, 1), (2, 0)}, 2: {(0, 0), (3, 0), (3, 1)}}[start]
        assert set(zip(rows.tolist(), queries.tolist(), strict=True)) == expected and len(rows) == len(expected)
        assert rows.dtype == queries.dtype == "int64"


def test_a_list_without_entries_and_a_batch_without_rows() -> None:
    lists = pa.array([[" a "]], pa.list_(pa.string()))
    for found, batch in ((matcher([]), lists), (matcher(["_"]), lists), (matcher(["a"]), lists.slice(0, 0))):
        rows, queries = found.match_batch(batch)
        assert len(rows) == len(queries) == 0


def test_it_travels_as_its_entries_and_lists_may_take_turns() -> None:
    one, two = matcher([f"word {i}" for i in range(1_000)]), matcher(["dog"])
    sent = pickle.loads(pickle.dumps(one))
    assert len(pickle.dumps(one)) < 30_000
    for _ in range(2):
        assert sent.match([" a word 7 "], [0]) == [7] and two.match([" a dog "], [0]) == [0]
        assert one.match([" a word 7 "], [0]) == [7]
