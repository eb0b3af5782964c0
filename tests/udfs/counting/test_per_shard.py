"""Counts against plain loops over rows, on random samples, in every mode and however the rows come in batches."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting.halves import ImageHalf, JoinedHalf, TextHalf
from udfs.counting.per_shard import COUNTS, HALF, TOTAL, Bounds, CountTask, HalfTask, VocabularyTask, measures
from udfs.statuses import CAPTION_CUT, EMPTY_CAPTION, NO_CAPTION, NO_IMAGE, OK
from udfs.stored_files import FilesTask
from udfs.text.matching import Matcher
from udfs.text.queries import Query

MODES = ("strict", "paper", "phrase")
SHARDS = ("00000.tar", "00001.tar")
BOUNDS = Bounds(*SHARDS)
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
TEXT = {"shard": pa.string(), "sample": pa.string(), "status": pa.string()}
TEXT |= {"keys": pa.list_(pa.string()), "positions": pa.list_(pa.int32())}
TAG = pa.struct([("label", pa.string()), ("score", pa.float32())])
IMAGE = {"shard": pa.string(), "sample": pa.string(), "status": pa.string(), "tags": pa.list_(TAG)}

Rows = list[dict[str, Any]]

tokens = st.lists(
    st.tuples(st.sampled_from(["dog", "Dog", "hot", "glass", "A", "a", "x"]), st.integers(0, 4)), max_size=6
)
tags = st.lists(st.tuples(st.sampled_from([*LABELS, "cat"]), st.sampled_from([0.2, 0.3, 0.31, 0.5, 0.9])), max_size=4)
sample = st.fixed_dictionaries(
    {
        "shard": st.sampled_from((*SHARDS, "of another wave.tar")),
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
            rows.append({"shard": one["shard"], "sample": str(number), "status": one["text"], **lists})
    return rows


def image_rows(samples: Rows) -> Rows:
    """The rows of image_features."""
    return [
        {
            "shard": one["shard"],
            "sample": str(number),
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
        if shard not in SHARDS:
            continue
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


def summed(counts: Iterator[pa.RecordBatch], thresholds: tuple[float, ...] = THRESHOLDS) -> dict[tuple[Any, ...], int]:
    """A task's partial counts, summed, under the names that the numbers stand for."""
    kinds, found = measures(thresholds), Counter[tuple[Any, ...]]()
    for batch in counts:
        assert batch.schema == COUNTS
        for row in batch.to_pylist():
            concept = None if row["concept"] == TOTAL else row["concept"]
            found[(row["shard"], *kinds[row["measure"]], concept)] += row["samples"]
    return dict(found)


def task(finders: dict[str, Any], **options: Any) -> CountTask:
    """The counting task over these halves, as it arrives at an executor."""
    marked = np.isin(np.arange(len(QUERIES)), RUN)
    return pickle.loads(pickle.dumps(CountTask(BOUNDS, marked, THRESHOLDS, **finders, **options)))


def joined(text: Iterator[pa.RecordBatch], image: Iterator[pa.RecordBatch]) -> Rows:
    """A full outer join of both halves by shard and sample."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for batch, names in ((text, {"concepts": "said"}), (image, {"concepts": "seen", "scores": "scores"})):
        for row in pa.Table.from_batches(batch, schema=HALF).to_pylist():
            both = rows.setdefault((row["shard"], row["sample"]), {"shard": row["shard"]})
            both.update({new: row[old] for old, new in names.items()})
    return [{"said": None, "seen": None, "scores": None} | row for row in rows.values()]


JOINED = {"shard": pa.string(), "said": HALF.field("concepts").type, "seen": HALF.field("concepts").type}
JOINED |= {"scores": HALF.field("scores").type}


@settings(deadline=None)
@given(st.lists(sample, max_size=30), st.sampled_from(MODES), st.integers(1, 12))
def test_both_halves_equal_plain_loops(samples: Rows, mode: Any, size: int) -> None:
    text, image = TextHalf(Matcher(QUERIES, mode)), ImageHalf(LABELS)
    rows = joined(
        HalfTask(BOUNDS, text)(batches(text_rows(samples), TEXT, size)),
        HalfTask(BOUNDS, image)(batches(image_rows(samples), IMAGE, size)),
    )
    both = task({"text": JoinedHalf("said"), "image": JoinedHalf("seen", "scores")})
    assert summed(both(batches(rows, JOINED, size))) == naive(samples, mode)


@settings(deadline=None)
@given(st.lists(sample, max_size=30), st.sampled_from(MODES), st.integers(1, 12))
def test_one_half_equals_plain_loops(samples: Rows, mode: Any, size: int) -> None:
    expected = naive(samples, mode)
    text = task({"text": TextHalf(Matcher(QUERIES, mode))})
    found = summed(text(batches(text_rows(samples), TEXT, size)))
    assert found == {key: count for key, count in expected.items() if key[1] == "text"}
    image = task({"image": ImageHalf(LABELS)})
    found = summed(image(batches(image_rows(samples), IMAGE, size)))
    assert found == {key: count for key, count in expected.items() if key[1] == "image"}


def test_scores_are_compared_in_the_type_that_is_asked_for() -> None:
    # The float32 above 0.3 rounds to the same float16.
    one = {
        "shard": SHARDS[0],
        "text": None,
        "tokens": (),
        "image": OK,
        "tags": [("seen", np.nextafter(np.float32(0.3), 1))],
    }
    found = {kind: task({"image": ImageHalf(LABELS)}, score_type=kind) for kind in ("float32", "float16")}
    counted = {kind: summed(one_task(batches(image_rows([one]), IMAGE, 9))) for kind, one_task in found.items()}
    key = (SHARDS[0], "image", 0.3, "concept", 7)
    assert counted["float32"][key] == 1 and key not in counted["float16"]


def test_rows_of_files_are_those_of_a_frame(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    samples = [
        {"shard": SHARDS[number // 400], "text": OK, "tokens": [(word, place) for place, word in enumerate(words)]}
        for number, words in enumerate(rng.choice(["dog", "Dog", "hot", "glass", "x"], (800, 3)).tolist())
    ]
    table = pa.Table.from_batches(batches(text_rows(samples), TEXT, 800))
    # Dictionaries that end after a few strings, and several row groups a file.
    paths = [str(tmp_path / f"{part} {part}.parquet") for part in range(2)]
    for part, path in enumerate(paths):
        pq.write_table(table.slice(400 * part, 400), path, row_group_size=150, dictionary_pagesize_limit=8)
    counting = task({"text": TextHalf(Matcher(QUERIES, "phrase"))})
    by_file = FilesTask(("shard", "status", "keys", "positions"), counting)
    files = pa.RecordBatch.from_pydict({"file": [Path(path).as_uri() for path in reversed(paths)]})
    assert summed(by_file(iter([files]))) == summed(counting(iter(table.to_batches())))


@pytest.mark.parametrize("size", [1, 7, 800])
def test_nothing_in_nothing_out(size: int) -> None:
    counting = task({"text": TextHalf(Matcher(QUERIES, "strict")), "image": None})
    assert summed(counting(batches([], TEXT, size))) == {}
    assert summed(counting(iter(()))) == {}


def test_a_vocabulary_is_what_occurs_and_is_asked_for() -> None:
    words = pa.array([["dog", "cat"], None, ["A", "dog"]], TEXT["keys"])
    coded = pa.ListArray.from_arrays([0, 2, 4], pa.array(["dog", "cat", "A", "dog"]).dictionary_encode())
    for nouns in (words, coded):
        found = VocabularyTask(frozenset({"dog", "A", "a"}))(iter([pa.RecordBatch.from_arrays([nouns], ["keys"])]))
        assert [row["term"] for batch in found for row in batch.to_pylist()] == ["A", "dog"]


def test_frequent_concepts_leave_an_executor_as_one_row() -> None:
    """However skewed: what a batch yields is bounded by its shards and concepts, not by its samples."""
    one = {"text": OK, "tokens": [("dog", 0), ("Dog", 1), ("glass", 2)]}
    rows = text_rows([{**one, "shard": SHARDS[number % 2]} for number in range(20_000)])
    (counts,) = task({"text": TextHalf(Matcher(QUERIES, "strict"))})(batches(rows, TEXT, len(rows)))
    assert counts.num_rows == 2 * (2 + 4)
    assert summed(iter([counts]))[SHARDS[0], "text", None, "concept", 0] == 10_000
