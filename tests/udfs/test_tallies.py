"""Tallies equal plain sums, for whole batches and for slices, with strings plain or dictionary-encoded."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.schemas import SECONDS
from udfs.tallies import TALLIES, tally, total

Row = tuple[str, str, dict[str, float] | None]

phases = st.dictionaries(st.sampled_from(["read", "decode", "forward"]), st.sampled_from([0.25, 1.0, 2.5]))
rows_drawn = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["ok", "no_caption"]), st.none() | phases)
)


def batch(rows: list[Row], encoded: bool) -> pa.RecordBatch:
    """Rows as executors read them from a file."""
    shards, statuses, seconds = ([row[place] for row in rows] for place in range(3))
    columns: list[Any] = [pa.array(shards, pa.string()), pa.array(statuses, pa.string())]
    if encoded:
        columns = [column.dictionary_encode() for column in columns]
    given_seconds = pa.array([None if one is None else list(one.items()) for one in seconds], SECONDS)
    return pa.record_batch([*columns, given_seconds], ["shard", "status", "seconds"])


def expected(rows: list[Row]) -> Counter[tuple[str, str, str | None]]:
    """The same by a plain loop."""
    found: Counter[Any] = Counter()
    for shard, status, seconds in rows:
        found[shard, status, None] += 1
        for phase, amount in (seconds or {}).items():
            found[shard, "", phase] += amount
    return found


# The first call imports what pyarrow needs.
@settings(deadline=None)
@given(rows_drawn, st.booleans(), st.integers(0, 5), st.integers(0, 5))
def test_they_equal_plain_sums(rows: list[Row], encoded: bool, start: int, length: int) -> None:
    whole = batch(rows, encoded)
    parts = [whole.slice(0, start), whole.slice(start, length), whole.slice(start + length)]
    found = total(pa.Table.from_batches(tally(iter(parts)), TALLIES))
    by_key = {(row["shard"], row["status"], row["phase"]): row["amount"] for row in found.to_pylist()}
    assert by_key == pytest.approx(expected(rows))
