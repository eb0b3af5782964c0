"""Partial counts to rows: summed over batches, in order, with their names."""

from __future__ import annotations

import random
from collections import Counter

import pyarrow as pa
import pytest

from udfs.counting import sums
from udfs.counting.per_shard import COUNTS, TOTAL, measures
from udfs.counting.sums import SUMS, SumTask

SHARDS, CONCEPTS, THRESHOLDS = ("b.tar", "a.tar", "c.tar"), ("dog", "cat", "New York"), (0.5, 0.7)
SPECS = {"text": "t", "image": "i", "integrated": "b"}


def test_equals_a_plain_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "ROWS", 10)
    rng, kinds, expected = random.Random(1), measures(THRESHOLDS), Counter[tuple[object, ...]]()
    batches = []
    for _ in range(5):
        rows = [
            (rng.randrange(3), rng.randrange(len(kinds)), rng.choice([TOTAL, 0, 1, 2]), rng.randrange(1, 9))
            for _ in range(60)
        ]
        for shard, measure, concept, samples in rows:
            search, threshold, name = kinds[measure]
            concept_name = None if concept == TOTAL else CONCEPTS[concept]
            expected[SHARDS[shard], SPECS[search], search, threshold, name, concept_name] += samples
        named = [dict(zip(COUNTS.names, (SHARDS[shard], *others), strict=True)) for shard, *others in rows]
        batches.append(pa.RecordBatch.from_pylist(named, schema=COUNTS))
    found = pa.Table.from_batches(SumTask(CONCEPTS, THRESHOLDS, SPECS)(iter(batches)), SUMS).to_pylist()
    assert {tuple(row.values())[:-1]: row["samples"] for row in found} == expected
    assert len(found) == len(expected)
    assert [row["shard"] for row in found] == sorted(row["shard"] for row in found)


def test_no_partial_counts_give_no_rows() -> None:
    assert not list(SumTask(CONCEPTS, (), {"text": "t"})(iter(())))
