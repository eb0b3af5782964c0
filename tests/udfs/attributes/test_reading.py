"""Postings of attributes: each usable sample has one value, whatever it lacks."""

from __future__ import annotations

import pickle
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.attributes.names import ATTRIBUTES, UNKNOWN, value_of
from udfs.attributes.reading import COLUMNS, AttributeKeys
from udfs.postings.inverting import InvertTask
from udfs.schemas import POSTINGS, SAMPLES

READ = pa.schema([SAMPLES.field(name) for name in ("shard", "ordinal", "status", "caption", "url", "width", "height")])
SIDES = st.none() | st.sampled_from([0, 63, 64, 3000])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "shard": st.sampled_from("ab"),
            "status": st.sampled_from(["ok", "ok", "poison", "duplicate_key"]),
            "caption": st.none() | st.sampled_from(["", "two dogs on the beach", "Ein Hund auf der Straße"]),
            "url": st.none() | st.sampled_from(["http://a.example.com/", "http://b.example.com/", "x"]),
            "width": SIDES,
            "height": SIDES,
        }
    ),
    max_size=20,
)


def batches(rows: list[dict[str, Any]], dictionaries: bool) -> list[pa.RecordBatch]:
    """Rows as files of tables give them, with dictionary codes, or as Spark does."""
    table = pa.Table.from_pylist([{**row, "ordinal": at} for at, row in enumerate(rows)], READ)
    if dictionaries:
        for name in ("shard", "status", "caption", "url"):
            table = table.set_column(table.column_names.index(name), name, table[name].dictionary_encode())
    return table.combine_chunks().to_batches(max_chunksize=6)


@settings(deadline=None)
@given(ROWS, st.sampled_from(ATTRIBUTES), st.booleans())
def test_values_add_up_to_the_usable_samples(rows: list[dict[str, Any]], attribute: Any, dictionaries: bool) -> None:
    given_rows = batches(rows, dictionaries)
    task = pickle.loads(pickle.dumps(InvertTask(AttributeKeys(attribute))))
    found = pa.Table.from_batches(task(iter(given_rows)), POSTINGS).to_pylist()
    held: Counter[tuple[str, int]] = Counter()
    usable = {(row["shard"], ordinal) for row in found if row["key"] is None for ordinal in row["ordinals"]}
    for row in found:
        if row["key"] is not None:
            assert row["key"].startswith(f"{attribute}:")
            held.update((row["shard"], ordinal) for ordinal in row["ordinals"])
    assert usable == {(row["shard"], at) for at, row in enumerate(rows) if row["status"] == "ok"}
    assert held == Counter(usable)
    for row in found:
        if row["key"] is not None and value_of(row["key"]) == UNKNOWN:
            assert all(lacks(rows[at], attribute) for at in row["ordinals"])


def lacks(row: dict[str, Any], attribute: str) -> bool:
    if attribute == "domain":
        return row["url"] in (None, "x")
    if attribute == "language":
        return not row["caption"]
    return not all(row[name] for name in COLUMNS[attribute])  # type: ignore[index]


@pytest.mark.parametrize("dictionaries", [True, False])
def test_keys_by_hand(dictionaries: bool) -> None:
    row = {"shard": "a", "status": "ok", "caption": "two dogs on the beach", "url": "http://a.example.com/"}
    (batch,) = batches([{**row, "width": 100, "height": 300}], dictionaries)
    keys = {name: AttributeKeys(name)(batch).names.to_pylist() for name in ATTRIBUTES}
    assert keys == {
        "language": ["language:en"],
        "domain": ["domain:example.com"],
        "caption_length": ["caption_length:1-5"],
        "image_size": ["image_size:64-127"],
    }
