"""Counts from postings against plain loops over samples, in every mode and however rows come in batches."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting import laid_out
from udfs.counting.codebooks import Codebook
from udfs.counting.compact import compact
from udfs.counting.found import FOUND, SEARCHED, InPositions, InPostings, in_counts
from udfs.counting.per_shard import COUNTS, CountTask
from udfs.counting.searches import Searches
from udfs.counting.text_queries import number_terms
from udfs.postings.inverting import InvertTask, caption_keys, tag_keys
from udfs.statuses import CAPTION_CUT, EMPTY_CAPTION, NO_CAPTION, NO_IMAGE, OK
from udfs.text.queries import Query
from udfs.text.query_columns import as_columns

MODES = ("strict", "paper", "phrase")
SHARDS = ("00000.tar", "00001.tar")
THRESHOLDS = (0.3, 0.5)
QUERIES = (
    Query("dog", (("dog",),), None),
    Query("Dog", (("dog",),), None),
    Query("hot dog", (("hot",), ("dog",)), None),
    Query("glasses", (("glasses", "glass"),), None),
    Query("A", (("A",),), None),
    Query("striped", (), "never a noun"),
    Query("dog dog", (("dog",), ("dog",)), None),
    Query("only seen", (), None),
)
# The last two labels stand for the same concept, as a classifier's spellings may.
LABELS = {"dog": (0, 1), "glass": (3,), "seen": (7,), "hot dog": (2,), "frankfurter": (2,)}
RUN = (0, 2, 3, 7)
TEXT = {"shard": pa.string(), "ordinal": pa.int64(), "status": pa.string()}
TEXT |= {"keys": pa.list_(pa.string()), "positions": pa.list_(pa.int32())}
TAG = pa.struct([("label", pa.string()), ("score", pa.float32())])
IMAGE = {"shard": pa.string(), "ordinal": pa.int64(), "status": pa.string(), "tags": pa.list_(TAG)}

Rows = list[dict[str, Any]]

tokens = st.lists(
    st.tuples(st.sampled_from(["dog", "Dog", "hot", "glass", "A", "a", "x"]), st.integers(0, 4)), max_size=6
)
tags = st.lists(st.tuples(st.sampled_from([*LABELS, "cat"]), st.sampled_from([0.2, 0.3, 0.31, 0.5, 0.9])), max_size=4)
sample = st.fixed_dictionaries(
    {
        "shard": st.sampled_from(SHARDS),
        "text": st.sampled_from([OK, OK, CAPTION_CUT, EMPTY_CAPTION, NO_CAPTION, None]),
        "tokens": tokens,
        "image": st.sampled_from([OK, OK, NO_IMAGE, None]),
        "tags": tags,
    }
)


def text_rows(samples: Rows) -> Rows:
    """The rows of caption_terms; a sample without a text status has none."""
    rows = []
    for number, one in enumerate(samples):
        words = one["tokens"] if one["text"] in (OK, CAPTION_CUT) else ()
        lists = {"keys": [word for word, _ in words], "positions": [place for _, place in words]}
        if one["text"] == NO_CAPTION:
            lists = dict.fromkeys(lists)
        if one["text"]:
            rows.append({"shard": one["shard"], "ordinal": number, "status": one["text"], **lists})
    return rows


def image_rows(samples: Rows) -> Rows:
    """The rows of image_features."""
    return [
        {
            "shard": one["shard"],
            "ordinal": number,
            "status": one["image"],
            "tags": [{"label": label, "score": score} for label, score in one["tags"]] if one["image"] == OK else None,
        }
        for number, one in enumerate(samples)
        if one["image"]
    ]


def holds(query: Query, mode: str, words: Sequence[tuple[str, int]]) -> bool:
    """The definition, word for word."""
    if query.unanswerable or not query.terms:
        return False
    pairs = {(word if mode == "paper" else word.lower(), place) for word, place in words}
    if mode == "phrase":
        starts = {place for _, place in pairs}
        return any(
            all(any((key, start + step) in pairs for key in term) for step, term in enumerate(query.terms))
            for start in starts
        )
    return all(any(key in term for key, _ in pairs) for term in query.terms)


def naive(samples: Rows, mode: str, score_type: Any = np.float32) -> dict[tuple[Any, ...], int]:
    """Counts by shard, search, threshold, measure and concept, sample by sample."""
    counts: Counter[tuple[Any, ...]] = Counter()

    def add(shard: str, search: str, threshold: float | None, held: set[int]) -> None:
        counts[shard, search, threshold, "samples", None] += 1
        counts[shard, search, threshold, "found", None] += bool(held & set(RUN))
        counts.update((shard, search, threshold, "concept", concept) for concept in held)

    for one in samples:
        shard, text, image = one["shard"], one["text"] in (OK, CAPTION_CUT), one["image"] == OK
        said = {number for number, query in enumerate(QUERIES) if text and holds(query, mode, one["tokens"])}
        if text:
            add(shard, "text", None, said)
        for threshold in THRESHOLDS if image else ():
            above = [label for label, score in one["tags"] if score_type(np.float32(score)) > score_type(threshold)]
            seen = {concept for label in above for concept in LABELS.get(label, ())}
            add(shard, "image", threshold, seen)
            if text:
                add(shard, "integrated", threshold, said & seen)
                a, b = said & set(RUN), seen & set(RUN)
                counts[shard, "integrated", threshold, "misaligned", None] += bool(a and b and not a & b)
    return {key: count for key, count in counts.items() if count}


def batches(rows: Rows, schema: dict[str, pa.DataType], size: int) -> Iterator[pa.RecordBatch]:
    """The rows as record batches of at most `size`."""
    for start in range(0, max(1, len(rows)), size):
        columns = [pa.array([row[name] for row in rows[start : start + size]], schema[name]) for name in schema]
        yield pa.RecordBatch.from_arrays(columns, names=list(schema))


def summed(rows: Iterator[pa.RecordBatch]) -> dict[tuple[Any, ...], int]:
    """A task's counts, under the names that `naive` gives them."""
    found: dict[tuple[Any, ...], int] = {}
    for batch in rows:
        assert batch.schema == COUNTS
        for row in batch.to_pylist():
            assert row["spec"] == f"spec of {row['search']}"
            key = row["shard"], row["search"], row["threshold"]
            concepts = dict(zip(row["concepts"], row["counts"], strict=True))
            assert len(concepts) == len(row["concepts"]) and all(concepts.values())
            found |= {(*key, name, None): row[name] or 0 for name in ("samples", "found", "misaligned")}
            found |= {(*key, "concept", int(concept)): count for concept, count in concepts.items()}
            assert (row["misaligned"] is None) == (row["search"] != "integrated")
    return {key: count for key, count in found.items() if count}


def counted(
    samples: Rows, mode: str, size: int, halves: Sequence[str] = ("text", "image"), **options: Any
) -> dict[tuple[Any, ...], int]:
    """What the tasks count of all queries."""
    return summed(iter(rows_of(samples, mode, size, range(len(QUERIES)), halves, **options)))


def rows_of(
    samples: Rows,
    mode: str,
    size: int,
    asked: Sequence[int],
    halves: Sequence[str] = ("text", "image"),
    before: Sequence[pa.RecordBatch] = (),
    **options: Any,
) -> list[pa.RecordBatch]:
    """What the tasks count, as they arrive at an executor: rows to postings, postings to what was asked, and that to
    counts. before: the counts of all queries that are not asked."""
    found, task = found_and_task(samples, mode, size, asked, halves, before, **options)
    return list(pickle.loads(pickle.dumps(task))(iter(found)))


def found_and_task(
    samples: Rows,
    mode: str,
    size: int,
    asked: Sequence[int],
    halves: Sequence[str],
    before: Sequence[pa.RecordBatch] = (),
    **options: Any,
) -> tuple[list[pa.RecordBatch], CountTask]:
    """What is found in the samples, and what counts it."""
    found: list[pa.RecordBatch] = list(in_counts(iter(before)))
    queries, keys = number_terms(as_columns([QUERIES[number] for number in asked]), in_order=mode == "phrase")
    if "text" in halves:
        postings = InvertTask(caption_keys, lower=mode != "paper")(batches(text_rows(samples), TEXT, size))
        found += InPostings("text", keys)(postings)
    if "text" in halves and mode == "phrase":
        found += InPositions(keys)(batches(text_rows(samples), TEXT, size))
    if "image" in halves:
        postings = InvertTask(tag_keys)(batches(image_rows(samples), IMAGE, size))
        found += InPostings("image", Codebook.of(_labels(asked)))(postings)
    task = CountTask(
        concepts=pa.array([str(number) for number in range(len(QUERIES))]),
        run_concepts=np.isin(np.arange(len(QUERIES)), RUN),
        specs={search: f"spec of {search}" for search in ("text", "image", "integrated")},
        searches=Searches(
            concepts=len(asked),
            text=queries if "text" in halves else None,
            images="image" in halves,
            thresholds=THRESHOLDS,
            **options,
        ),
        asked=np.array(asked, np.int64),
    )
    assert all(batch.schema == FOUND for batch in found)
    return found, task


def _labels(asked: Sequence[int]) -> dict[str, list[int]]:
    """The places in `asked` of the concepts for which each label stands."""
    return {label: [asked.index(one) for one in numbers if one in asked] for label, numbers in LABELS.items()}


@settings(deadline=None)
@given(st.lists(sample, max_size=30), st.sampled_from(MODES), st.integers(1, 12), st.sampled_from([2, 1 << 20]))
def test_both_halves_equal_plain_loops(samples: Rows, mode: Any, size: int, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_out, "WINDOW", window)
        assert counted(samples, mode, size) == naive(samples, mode)


@settings(deadline=None)
@given(st.lists(sample, max_size=30), st.sampled_from(MODES), st.integers(1, 12), st.sampled_from(["text", "image"]))
def test_one_half_equals_plain_loops(samples: Rows, mode: Any, size: int, half: str) -> None:
    expected = {key: count for key, count in naive(samples, mode).items() if key[1] == half}
    assert counted(samples, mode, size, [half]) == expected


@settings(deadline=None)
@given(
    st.lists(sample, max_size=30),
    st.sampled_from(MODES),
    st.sets(st.integers(0, len(QUERIES) - 1)),
    st.sets(st.integers(0, len(QUERIES) - 1)),
    st.sampled_from([2, 1 << 20]),
)
def test_a_longer_list_adds_to_what_was_counted(
    samples: Rows, mode: Any, gained: set[int], again: set[int], window: int
) -> None:
    """Counts of a part of the list, and then of the rest, are those of all at once; asking again changes nothing."""
    everything = list(range(len(QUERIES)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_out, "WINDOW", window)
        shorter = rows_of(samples, mode, 9, [one for one in everything if one not in gained])
        longer = rows_of(samples, mode, 9, sorted(gained | again), before=shorter)
        assert tables(longer) == tables(rows_of(samples, mode, 9, everything))


@settings(deadline=None)
@given(st.lists(sample, max_size=30), st.sampled_from(MODES), st.integers(1, 12))
def test_samples_that_are_numbered_anew_are_counted_alike(samples: Rows, mode: Any, size: int) -> None:
    """Without the samples that were only searched: the last one of a shard then tells how much room a shard takes."""
    found, task = found_and_task(samples, mode, size, range(len(QUERIES)), ("text", "image"))
    held = [batch.filter(pc.field("number") != SEARCHED) for batch in found]
    anew = list(compact(iter(held)))
    assert all(batch.schema == FOUND for batch in anew)
    assert summed(task(iter(anew))) == summed(task(iter(held)))
    for batch in anew:
        for shard, ordinals in zip(batch["shard"].to_pylist(), batch["ordinals"].to_pylist(), strict=True):
            places = {number for number, one in enumerate(samples) if one["shard"] == shard}
            assert max(ordinals, default=0) < max(1, len(places))


def test_numbered_anew_samples_stay_apart_and_in_order() -> None:
    rows = [("b", [7, 4_000_000]), ("a", [3]), ("b", [9, 4_000_000]), ("a", [])]
    columns: dict[str, Any] = {field.name: pa.nulls(len(rows), field.type) for field in FOUND}
    columns["shard"] = pa.array([shard for shard, _ in rows])
    columns["ordinals"] = pa.array([ordinals for _, ordinals in rows], FOUND.field("ordinals").type)
    given_rows = pa.RecordBatch.from_arrays([columns[field.name] for field in FOUND], schema=FOUND)
    found = pa.Table.from_batches(compact(iter([given_rows])))
    assert found["ordinals"].to_pylist() == [[0, 2], [0], [1, 2], []]


def tables(batches: Sequence[pa.RecordBatch]) -> list[dict[str, Any]]:
    """The rows of COUNTS."""
    return pa.Table.from_batches(batches, COUNTS).to_pylist()


def test_scores_are_compared_in_the_type_that_is_asked_for() -> None:
    # The float32 above 0.3 rounds to the same float16.
    tags = [("seen", np.nextafter(np.float32(0.3), 1))]
    one = {"shard": SHARDS[0], "text": None, "tokens": (), "image": OK, "tags": tags}
    key = (SHARDS[0], "image", 0.3, "concept", 7)
    assert counted([one], "strict", 9, score_type="float32")[key] == 1
    assert key not in counted([one], "strict", 9, score_type="float16")


def test_nothing_in_nothing_out() -> None:
    assert counted([], "strict", 9) == {}
    assert counted([], "phrase", 9) == {}
