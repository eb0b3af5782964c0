"""The postings of a stretch are what a loop over its samples finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.postings import inverting
from udfs.postings.inverting import InvertTask, caption_keys, tag_keys
from udfs.schemas import POSTINGS, TAG

STATUSES = st.sampled_from(["ok", "caption_cut", "no_caption", "poison"])
WORDS = st.sampled_from(["dog", "Dog", "dogs", "Ätna", "ätna", "", "a'b", "東"])
CAPTIONS = st.lists(st.tuples(st.sampled_from("ab/c"), STATUSES, st.none() | st.lists(WORDS, max_size=5)), max_size=30)
USED = ("ok", "caption_cut")

Row = tuple[str, int, str, Any]


def batches(rows: Sequence[Row], column: str, kind: pa.DataType, size: int = 7) -> list[pa.RecordBatch]:
    names = ["shard", "ordinal", "status", column]
    schema = pa.schema([("shard", pa.string()), ("ordinal", pa.int64()), ("status", pa.string()), (column, kind)])
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    return [pa.RecordBatch.from_pylist([dict(zip(names, row, strict=True)) for row in part], schema) for part in parts]


def inverted(task: InvertTask, given: list[pa.RecordBatch]) -> list[dict[str, Any]]:
    return pa.Table.from_batches(task(iter(given)), POSTINGS).to_pylist()


def placed(captions: Sequence[tuple[str, str, Any]]) -> list[Row]:
    """Each with its ordinal; one in three ordinals belongs to a row that never became a sample."""
    return [(shard, 3 * number, status, keys) for number, (shard, status, keys) in enumerate(captions)]


@settings(deadline=None)
@given(CAPTIONS, st.booleans())
def test_captions(captions: list[tuple[str, str, Any]], lower: bool) -> None:
    rows = placed(captions)
    expected: dict[tuple[str | None, str], set[int]] = defaultdict(set)
    for shard, ordinal, status, keys in rows:
        if status in USED:
            expected[None, shard].add(ordinal)
            for key in keys or ():
                expected[key.lower() if lower else key, shard].add(ordinal)
    found = inverted(InvertTask(caption_keys, lower), batches(rows, "keys", pa.list_(pa.string())))
    order = sorted(expected, key=lambda one: (one[0] is not None, one[0] or "", one[1]))
    assert [(row["key"], row["shard"], row["ordinals"], row["scores"]) for row in found] == [
        (key, shard, sorted(expected[key, shard]), None) for key, shard in order
    ]
    assert all(row["samples"] == len(row["ordinals"]) for row in found)


def test_dictionary_codes_are_read_as_well() -> None:
    rows = placed([("a", "ok", ["dog", "cat"]), ("b", "ok", ["cat"]), ("a", "ok", None)])
    plain = batches(rows, "keys", pa.list_(pa.string()))
    code = pa.dictionary(pa.int32(), pa.string())
    coded = [
        pa.RecordBatch.from_arrays(
            [
                batch["shard"].dictionary_encode(),
                batch["ordinal"],
                batch["status"].dictionary_encode(),
                batch["keys"].cast(pa.list_(code)),
            ],
            ["shard", "ordinal", "status", "keys"],
        )
        for batch in plain
    ]
    assert inverted(InvertTask(caption_keys), coded) == inverted(InvertTask(caption_keys), plain)


def test_a_label_has_its_highest_score() -> None:
    tags = [[("dog", 0.5), ("dog", 0.75), ("cat", 0.25)], None, [("dog", 0.125)]]
    rows = [(shard, 0, "ok", one and [dict(zip(("label", "score"), tag, strict=True)) for tag in one])
            for shard, one in zip("aab", tags, strict=True)]  # fmt: skip
    rows[1] = ("a", 1, "ok", None)
    found = inverted(InvertTask(tag_keys), batches(rows, "tags", pa.list_(TAG)))
    assert [(row["key"], row["shard"], row["ordinals"], row["scores"]) for row in found] == [
        (None, "a", [0, 1], [0, 0]), (None, "b", [0], [0]), ("cat", "a", [0], [0.25]), ("dog", "a", [0], [0.75]),
        ("dog", "b", [0], [0.125]),
    ]  # fmt: skip


def test_very_many_samples_are_inverted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inverting, "OCCURRENCES", 20)
    rows = placed([("a", "ok", [f"key{number % 5}"]) for number in range(35)])
    found = inverted(InvertTask(caption_keys), batches(rows, "keys", pa.list_(pa.string())))
    assert {row["part"] for row in found} == {0, 1, 2}
    everywhere = [row for row in found if row["key"] is None]
    assert [number for row in everywhere for number in row["ordinals"]] == [3 * number for number in range(35)]


def test_batches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = placed([("a", "ok", [f"key{number % 5}"]) for number in range(100)])
    whole = inverted(InvertTask(caption_keys), batches(rows, "keys", pa.list_(pa.string())))
    monkeypatch.setattr(inverting, "ORDINALS", 45)
    monkeypatch.setattr(inverting, "ROWS", 3)
    parts = list(InvertTask(caption_keys)(iter(batches(rows, "keys", pa.list_(pa.string())))))
    assert [part.num_rows for part in parts] == [1, 2, 2, 1]
    assert pa.Table.from_batches(parts).to_pylist() == whole
