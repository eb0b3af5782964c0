"""DuckDB, Polars and plain Spark count what we count: four ways to the same numbers, on the same file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.document import ROOT
from benchmarks.drawn_terms import draw_terms
from benchmarks.rivals import write_queries
from udfs.counting.found import InPostings
from udfs.counting.per_shard import CountTask
from udfs.counting.searches import Searches
from udfs.counting.text_queries import number_terms
from udfs.postings.inverting import InvertTask, caption_keys
from udfs.stored_files import read_rows
from udfs.text.queries import Query
from udfs.text.query_columns import as_columns

WORDS = ["dog", "Dog", "hot", "glass", "glasses", "New", "York", "Tree", "tree", "man"]
QUERIES = [
    Query("dog", (("dog",),), None),
    Query("hot dog", (("hot",), ("dog",)), None),
    Query("glasses", (("glasses", "glass"),), None),
    Query("new york tree", (("new",), ("york",), ("tree",)), None),
    Query("737", (), "digits"),
    Query("trees man", (("trees", "tree"), ("man",)), None),
    Query("tree tree", (("tree",), ("tree",)), None),
]


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Terms of 25,000 samples in three shards, drawn from a few noun lists, and the queries as the others want them."""
    folder = tmp_path_factory.mktemp("terms")
    rng = np.random.default_rng(1)
    nouns = pa.array([list(rng.choice(WORDS, rng.integers(0, 6))) for _ in range(300)], pa.list_(pa.string()))
    pq.write_table(pa.concat_tables(draw_terms(nouns, 25_000)), folder / "terms.parquet", row_group_size=6_000)
    write_queries(QUERIES, folder)
    (folder / "files.json").write_text(json.dumps([str(folder / "terms.parquet")]), "utf-8")
    return folder


def ours(folder: Path) -> Iterator[tuple[str, int, int]]:
    """(shard, query, samples) by our task."""
    queries, keys = number_terms(as_columns(QUERIES))
    names = pa.array([str(number) for number in range(len(QUERIES))])
    every = np.arange(len(QUERIES))
    task = CountTask(names, np.ones(len(QUERIES), bool), {"text": "spec"}, Searches(len(QUERIES), queries), every)
    rows = read_rows(str(folder / "terms.parquet"), ("shard", "ordinal", "status", "keys"))
    postings = InvertTask(caption_keys, lower=True)(rows)
    for row in pa.Table.from_batches(task(InPostings("text", keys)(postings))).to_pylist():
        for query, samples in zip(row["concepts"], row["counts"], strict=True):
            yield row["shard"], int(query), samples


@pytest.mark.parametrize("name", ["duckdb", "polars", pytest.param("spark", marks=pytest.mark.long)])
def test_others_count_the_same(terms: Path, name: str) -> None:
    pytest.importorskip("pyspark" if name == "spark" else name)
    output = terms / f"{name}-counts.parquet"
    command = [sys.executable, "-m", "benchmarks.rivals", name, str(terms), str(output), "2"]
    environment = {**os.environ, "POLARS_MAX_THREADS": "2"}
    said = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    found = pq.read_table(output, columns=["shard", "query", "samples"]).to_pylist()
    expected = sorted(ours(terms))
    assert sorted((str(row["shard"]), row["query"], row["samples"]) for row in found) == expected
    assert len(expected) == 3 * (len(QUERIES) - 1)
    assert json.loads(said)["samples"] == sum(samples for _, _, samples in expected)
