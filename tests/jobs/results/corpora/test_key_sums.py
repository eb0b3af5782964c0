"""The commonest keys, and how many values repeat, against plain loops; the driver and Spark say the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import offspark
import pyarrow as pa
import pytest

from jobs.core import reading, sums
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.results.corpora import repeated_values as repeating
from jobs.results.corpora.key_sums import KeySums, key_sums
from jobs.results.corpora.repeated_values import RepeatedValues, repeated_values

WHERE = {"corpus": "tiny", "spec": "some"}
USABLE = {**WHERE, "status": "ok"}
# (key, shard, samples); 2.tar is not done, and its rows do not count.
POSTINGS = [
    (None, "0.tar", 9), ("dog", "0.tar", 3), ("cat", "0.tar", 2), ("ant", "0.tar", 3), (None, "1.tar", 4),
    ("dog", "1.tar", 1), ("cat", "1.tar", 2), ("dog", "2.tar", 90), (None, "2.tar", 100),
]  # fmt: skip
# (shard, status, caption)
SAMPLES = [
    ("0.tar", "ok", "a dog"), ("0.tar", "ok", "a cat"), ("0.tar", "ok", None), ("0.tar", "duplicate_key", "an ant"),
    ("1.tar", "ok", "a dog"), ("1.tar", "ok", "A dog"), ("1.tar", "ok", ""), ("1.tar", "ok", ""),
    ("2.tar", "ok", "a bee"),
]  # fmt: skip
UNITS = [Unit("0.tar", "f", 4), Unit("1.tar", "f", 4)]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with these two tables."""
    tables = {"postings": (("key", "shard", "samples"), POSTINGS), "samples": (("shard", "status", "caption"), SAMPLES)}
    for name, (columns, rows) in tables.items():
        table = pa.table(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))
        for column, value in WHERE.items():
            table = table.append_column(column, pa.repeat(value, len(table)))
        offspark.create(str(tmp_path), name, table.schema)
        Lake(None, str(tmp_path)).append_arrow(name, table)
    return tmp_path


def expected(most: int) -> KeySums:
    sums: Counter[Any] = Counter()
    for key, shard, samples in POSTINGS:
        sums[key] += samples if shard != "2.tar" else 0
    indexed = sums.pop(None)
    ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    return KeySums(tuple(ranked[:most]), len(ranked), indexed)


@pytest.mark.parametrize("most", [1, 2, 9])
@pytest.mark.parametrize("together", [1, 1 << 20])
def test_keys(lake: Path, most: int, together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "ROWS", together)
    assert key_sums(Lake(None, str(lake)), **WHERE, units=UNITS, most=most) == expected(most)


@pytest.mark.parametrize("together", [1, 1 << 20])
def test_repeats(lake: Path, together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "HASHES", together)
    found = repeated_values(Lake(None, str(lake)), "samples", USABLE, UNITS, "caption")
    assert found == RepeatedValues("caption", 6, 4) and found.repeats == 2


def test_spark_says_the_same_of_very_many(spark: Any, lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SAMPLES_HERE", 1)
    by_spark = Lake(spark, str(lake))
    assert key_sums(by_spark, **WHERE, units=UNITS, most=2) == expected(2)
    assert repeated_values(by_spark, "samples", USABLE, UNITS, "caption") == RepeatedValues("caption", 6, 4)


def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    nothing = Lake(None, str(tmp_path))
    assert key_sums(nothing, **WHERE, units=[], most=3) == KeySums((), 0, 0)
    assert repeated_values(nothing, "samples", USABLE, [], "url") == RepeatedValues("url", 0, 0)
