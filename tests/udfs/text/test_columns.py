"""The column function: its Arrow half by itself, and the whole in a Spark session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

pytest.importorskip("pyspark")

from udfs.text.columns import noun_arrays, noun_lemmas  # noqa: E402


def test_lists_are_lower_cased_sorted_and_distinct() -> None:
    texts = pa.array(["Dogs and a dog in New York", None, "", "of the", "a\x00cat"])
    out = noun_arrays(texts, "en_core_web_sm")
    assert out.type == pa.list_(pa.string())
    lists = out.to_pylist()
    assert lists[0] == sorted(set(lists[0])) and {"dog", "new", "york"} <= set(lists[0])
    assert lists[1:4] == [None, [], []]


def test_an_empty_batch_and_one_of_nulls() -> None:
    assert noun_arrays(pa.array([], pa.string()), "en_core_web_sm").to_pylist() == []
    assert noun_arrays(pa.array([None, None], pa.string()), "en_core_web_sm").to_pylist() == [None, None]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    if SparkSession.getActiveSession() is not None:
        yield SparkSession.getActiveSession()
        return
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        session = builder.getOrCreate()
    yield session
    session.stop()


def test_two_columns_of_one_query_in_spark(spark: Any) -> None:
    rows = [(1, "Two dogs on a beach", "a cat"), (2, None, "New York"), (3, "", "of")]
    frame = spark.createDataFrame(rows, "id int, caption string, other string")
    out = frame.select("id", noun_lemmas("caption").alias("a"), noun_lemmas(frame["other"]).alias("b"))
    assert dict(out.dtypes)["a"] == "array<string>"
    found = {row["id"]: (row["a"], row["b"]) for row in out.collect()}
    assert found[1] == (["beach", "dog"], ["cat"])
    assert found[2] == (None, ["new", "york"])
    assert found[3] == ([], [])
