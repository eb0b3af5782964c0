"""The same counts by others, on the same Parquet files and cores: `python -m benchmarks.rivals NAME ...`.

DuckDB and Polars, and what a user would write in the SQL of Spark. All get the queries ready made, as tables of terms
by number. A caption's (row, term) pairs are made once; concepts of one term are counted from them, those of several
through their rarest term and the others among the same row's pairs. Samples per shard and concept are written as one
Parquet file, or as a folder of them. The seconds are those of the query: sessions are started before.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from udfs.text.queries import Query

TOKENS_BY_DUCKDB = """
    select shard, file_index * 4294967296 + file_row_number as row, unnest(keys) as word
    from read_parquet({files}) where status = 'ok'
"""
TOKENS_BY_SPARK = """
    select shard, struct(shard, ordinal) as row, explode(keys) as word from terms where status = 'ok'
"""
HELD_BY_SQL = """
with tokens as ({tokens}),
hits as (select distinct shard, row, term from tokens join keys on lower(word) = key),
of_one as (select shard, query, count(*) as samples from hits join singles using (term) group by all),
candidates as (select shard, row, query, others from hits join multiples using (term)),
held as (
    select candidates.shard, candidates.row, candidates.query
    from candidates join more using (query) join hits on hits.row = candidates.row and hits.term = more.term
    group by all having count(*) = any_value(others))
select * from of_one union all select shard, query, count(*) as samples from held group by all
"""


def write_queries(queries: Sequence[Query], folder: Path) -> None:
    """Tables of terms and queries by number.

    keys: a key and a term that it stands for. singles, multiples: a query by its only or its rarest term. more: the
    other terms of the latter.
    """
    terms = [frozenset(term) for query in queries if query.unanswerable is None for term in query.terms]
    numbers = {term: number for number, term in enumerate(dict.fromkeys(terms))}
    keys = [(key, number) for term, number in numbers.items() for key in term]
    singles, multiples, more = [], [], []
    for query, asked in enumerate(queries):
        terms = sorted({numbers[frozenset(term)] for term in asked.terms}) if asked.unanswerable is None else []
        if len(terms) == 1:
            singles.append((terms[0], query))
        elif terms:
            multiples.append((terms[0], query, len(terms) - 1))
            more += [(query, term) for term in terms[1:]]
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns, rows in (
        ("keys", ("key", "term"), keys),
        ("singles", ("term", "query"), singles),
        ("multiples", ("term", "query", "others"), multiples),
        ("more", ("query", "term"), more),
    ):
        pq.write_table(
            pa.table([pa.array(values) for values in zip(*rows, strict=True)], columns), folder / f"{name}.parquet"
        )


TABLES = ("keys", "singles", "multiples", "more")
# A session that a user would make on a laptop; with the heap of our own run it could not hold 10^7 samples.
SPARK_MEMORY = "4g"


def by_duckdb(files: Sequence[str], queries: Path, output: Path, cores: int) -> float:
    """One query."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set threads = {cores}; set preserve_insertion_order = false; set enable_progress_bar = false")
    began = time.perf_counter()
    for name in TABLES:
        connection.execute(f"create table {name} as from '{queries / name}.parquet'")
    listed = "[" + ", ".join(f"'{file}'" for file in files) + "]"
    held = HELD_BY_SQL.format(tokens=TOKENS_BY_DUCKDB.format(files=listed))
    connection.execute(f"copy ({held}) to '{output}' (format parquet)")
    return time.perf_counter() - began


def by_spark(files: Sequence[str], queries: Path, output: Path, cores: int) -> float:
    """One query over plain Parquet files, in a session that has answered one before."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master(f"local[{cores}]").config("spark.driver.memory", SPARK_MEMORY)
    session = session.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", str(4 * cores))
    spark = session.getOrCreate()
    for name in TABLES:
        spark.read.parquet(str(queries / f"{name}.parquet")).createOrReplaceTempView(name)
    terms = spark.read.parquet(*files)
    query = HELD_BY_SQL.format(tokens=TOKENS_BY_SPARK)
    terms.limit(100).createOrReplaceTempView("terms")
    spark.sql(query).write.mode("overwrite").parquet(str(output))
    terms.createOrReplaceTempView("terms")
    began = time.perf_counter()
    spark.sql(query).write.mode("overwrite").parquet(str(output))
    seconds = time.perf_counter() - began
    spark.stop()
    return seconds


def by_polars(files: Sequence[str], queries: Path, output: Path, cores: int) -> float:
    """One lazy frame, streamed; POLARS_MAX_THREADS must be set before."""
    import polars as pl

    assert pl.thread_pool_size() == cores
    began = time.perf_counter()
    keys, singles, multiples, more = (pl.scan_parquet(queries / f"{name}.parquet") for name in TABLES)
    rows = pl.scan_parquet(list(files), row_index_name="row").filter(pl.col("status") == "ok")
    tokens = rows.select("row", "shard", word=pl.col("keys")).explode("word")
    words = tokens.with_columns(key=pl.col("word").str.to_lowercase())
    hits = words.join(keys, on="key").select("row", pl.col("shard").cast(pl.Categorical), "term").unique()
    of_one = hits.join(singles, on="term").group_by("shard", "query").len("samples")
    candidates = hits.join(multiples, on="term").select("row", "shard", "query", "others").join(more, on="query")
    present = candidates.join(hits.select("row", "term"), on=["row", "term"], how="semi")
    found = present.group_by("row", "shard", "query", "others").len("there").filter(pl.col("there") == pl.col("others"))
    of_more = found.group_by("shard", "query").len("samples")
    pl.concat([of_one, of_more]).sink_parquet(output, engine="streaming")
    return time.perf_counter() - began


RIVALS = {"duckdb": by_duckdb, "polars": by_polars, "spark": by_spark}


def main(arguments: Sequence[str]) -> None:
    """NAME QUERIES OUTPUT CORES, the files as lines on stdin; says seconds, rows and samples as JSON."""
    name, queries, output, cores = arguments
    files = json.loads(Path(queries, "files.json").read_text("utf-8"))
    seconds = RIVALS[name](files, Path(queries), Path(output), int(cores))
    written = pq.read_table(output, columns=["samples"])
    samples = int(written["samples"].to_numpy().sum())
    print(json.dumps({"seconds": seconds, "rows": written.num_rows, "samples": samples}))


if __name__ == "__main__":
    main(sys.argv[1:])
