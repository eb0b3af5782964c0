"""Concepts of several names: what Python's own sets find, under every search, in any batches and windows."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting import laid_out
from udfs.counting.arrays import RaggedArray
from udfs.counting.codebooks import Codebook
from udfs.counting.definitions import Definitions
from udfs.counting.found import FOUND, SEARCHED, InPostings
from udfs.counting.laid_out import LaidOut
from udfs.counting.per_shard import COUNTS, CountTask
from udfs.counting.searches import Searches
from udfs.counting.sets import Sets
from udfs.counting.text_queries import TextQueries

NAMES = 4
THRESHOLDS = (0.3, 0.6)
SPECS = {search: search for search in ("text", "image", "integrated")}
some_names = st.lists(st.integers(0, NAMES - 1), max_size=3, unique=True)
# Alternatives, required and excluded names.
definition = st.tuples(some_names, some_names, some_names)
sample = st.fixed_dictionaries(
    {
        "said": st.none() | st.sets(st.integers(0, NAMES - 1)),
        "seen": st.none() | st.dictionaries(st.integers(0, NAMES - 1), st.sampled_from([0.2, 0.3, 0.5, 0.7])),
    }
)
lists = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True), min_size=1, max_size=4)


def number(parts: list[tuple[list[int], ...]], concepts: list[list[int]]) -> Definitions:
    alternatives, required, excluded = zip(*parts, strict=True)
    own = ([place, *(len(parts) + name for name in names)] for place, names in enumerate(required))
    return Definitions(
        NAMES, RaggedArray.of(alternatives), RaggedArray.of(own), RaggedArray.of(excluded), RaggedArray.of(concepts)
    )


def holds(names: set[int], part: tuple[list[int], ...]) -> bool:
    """The definition, word for word."""
    alternatives, required, excluded = part
    return bool(names & set(alternatives)) and set(required) <= names and not names & set(excluded)


def held_by(names: set[int], parts: list[tuple[list[int], ...]], concepts: list[list[int]]) -> set[int]:
    return {place for place, own in enumerate(concepts) if any(holds(names, parts[one]) for one in own)}


def naive(samples: list[dict[str, Any]], parts: Any, concepts: list[list[int]]) -> dict[tuple[Any, ...], int]:
    counts: dict[tuple[Any, ...], int] = {}

    def add(search: str, threshold: float | None, held: set[int]) -> None:
        for key in ["samples", *(["found"] if held else []), *held]:
            counts[search, threshold, key] = counts.get((search, threshold, key), 0) + 1

    for one in samples:
        said = None if one["said"] is None else held_by(one["said"], parts, concepts)
        if said is not None:
            add("text", None, said)
        for threshold in THRESHOLDS if one["seen"] is not None else ():
            above = {name for name, score in one["seen"].items() if np.float32(score) > np.float32(threshold)}
            seen = held_by(above, parts, concepts)
            add("image", threshold, seen)
            if said is not None:
                add("integrated", threshold, said & seen)
                if said and seen and not said & seen:
                    key = ("integrated", threshold, "misaligned")
                    counts[key] = counts.get(key, 0) + 1
    return counts


def found_rows(samples: list[dict[str, Any]]) -> list[pa.RecordBatch]:
    """FOUND as an executor gets it, one sample an ordinal."""
    rows = []
    for half, numbers in (("said", "text"), ("seen", "image")):
        held: dict[int, list[tuple[int, float]]] = {}
        for ordinal, one in enumerate(samples):
            if one[half] is not None:
                scores = one[half] if half == "seen" else dict.fromkeys(one[half], 0.0)
                for name, score in {SEARCHED: 0.0, **scores}.items():
                    held.setdefault(name, []).append((ordinal, score))
        for name, pairs in held.items():
            ordinals, scores = (list(column) for column in zip(*pairs, strict=True))
            row = {"shard": "a", "kind": numbers, "number": name, "ordinals": ordinals}
            rows.append({**row, "scores": scores if half == "seen" else None})
    return pa.Table.from_pylist(rows, FOUND).to_batches()


def searches(definitions: Definitions, count: int) -> Searches:
    text = TextQueries(RaggedArray.of([[name] for name in range(NAMES)]), NAMES)
    return Searches(count, text, True, THRESHOLDS, definitions=definitions)


@settings(deadline=None)
@given(
    st.lists(sample, max_size=12), st.lists(definition, min_size=3, max_size=3), lists, st.sampled_from([2, 1 << 20])
)
def test_every_search_equals_plain_sets(samples: Any, parts: Any, concepts: Any, window: int) -> None:
    names = pa.array([str(place) for place in range(len(concepts))])
    asked = searches(number(parts, concepts), len(concepts))
    task = CountTask(names, np.ones(len(concepts), bool), SPECS, asked, np.arange(len(concepts)))
    found: dict[tuple[Any, ...], int] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_out, "WINDOW", window)
        for row in pa.Table.from_batches(
            pickle.loads(pickle.dumps(task))(iter(found_rows(samples))), COUNTS
        ).to_pylist():
            at = row["search"], row["threshold"]
            found |= {(*at, total): row[total] or 0 for total in ("samples", "found", "misaligned")}
            found |= {(*at, int(name)): count for name, count in zip(row["concepts"], row["counts"], strict=True)}
    assert {key: count for key, count in found.items() if count} == naive(samples, parts, concepts)


@settings(deadline=None)
@given(st.lists(sample, max_size=12), st.lists(some_names, min_size=1, max_size=3))
def test_the_score_is_the_highest_of_the_alternatives(samples: Any, alternatives: Any) -> None:
    parts = [(names, [], []) for names in alternatives]
    one = searches(number(parts, [[place] for place in range(len(parts))]), len(parts))
    scores = one.scores(LaidOut.of(iter(found_rows(samples))))
    assert scores.scores is not None
    expected = {
        (place, ordinal): max(seen[name] for name in names if name in seen)
        for place, names in enumerate(alternatives)
        for ordinal, each in enumerate(samples)
        if (seen := each["seen"] or {}) and seen.keys() & set(names)
    }
    assert dict(zip(zip(*scores.split(), strict=True), scores.scores, strict=True)) == {
        key: np.float32(score) for key, score in expected.items()
    }


def test_a_union_lies_between_its_largest_part_and_the_sum() -> None:
    labels = Codebook.of({"couch": (0,), "sofa": (1,)})
    postings = {"key": ["couch", "sofa", None], "shard": ["a"] * 3, "ordinals": [[0, 1], [1, 2, 3], [0, 1, 2, 3]]}
    columns = [
        pa.array(postings["key"]),
        pa.array(postings["shard"]),
        pa.array(postings["ordinals"], pa.list_(pa.int32())),
    ]
    batch = pa.RecordBatch.from_arrays(columns, names=list(postings))
    text = TextQueries(RaggedArray.of([[0], [1]]), 2)
    parts = [([0, 1], [], []), ([0, 1], [1], []), ([0, 1], [], [1])]
    alternatives, required, excluded = zip(*parts, strict=True)
    own = [[place, *(3 + name for name in names)] for place, names in enumerate(required)]
    lists_of = (RaggedArray.of(each) for each in (alternatives, own, excluded, [[0], [1], [2]]))
    held = Searches(3, text, definitions=Definitions(2, *lists_of)).held_in(
        LaidOut.of(InPostings("text", labels)(iter([batch])))
    )
    [(_, _, found)] = held
    assert np.bincount(found.concepts.split()[0]).tolist() == [4, 3, 1]


def test_sets_beside_and_without_others() -> None:
    one, two = (Sets.of(np.array([0, 1]), np.array(members), 2, 5) for members in ([4, 1], [4, 2]))
    assert one.beside(two).count == 4 and one.beside(two).codes.tolist() == [4, 6, 14, 17]
    assert one.without(two).codes.tolist() == [6]
