"""Samples without any key against a plain loop."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.postings.keyless import KEYLESS, READ, keyless
from udfs.schemas import TERMS

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "shard": st.sampled_from("ab"),
            "status": st.sampled_from(["ok", "caption_cut", "no_caption"]),
            "keys": st.none() | st.lists(st.sampled_from(["dog", "cat"]), max_size=2),
        }
    ),
    max_size=20,
)


@settings(deadline=None)
@given(ROWS, st.integers(1, 8), st.booleans())
def test_it_equals_a_plain_loop(rows: list[dict[str, Any]], size: int, dictionaries: bool) -> None:
    table = pa.Table.from_pylist(rows, pa.schema([TERMS.field(name) for name in READ]))
    if dictionaries:
        table = table.set_column(0, "shard", table["shard"].dictionary_encode())
    found = pa.Table.from_batches(keyless(iter(table.combine_chunks().to_batches(size))), KEYLESS).to_pylist()
    expected: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["status"] != "no_caption":
            expected[row["shard"], "samples"] += 1
            expected[row["shard"], "keyless"] += not row["keys"]
    sums: Counter[tuple[str, str]] = Counter()
    for row in found:
        for name in ("samples", "keyless"):
            sums[row["shard"], name] += row[name]
    assert +sums == +expected
