"""`make bench-counts`: stored terms of 10^5, 10^6 and 10^7 samples x 5,000 concepts, and 10^6 x 500,000.

Ours is the stage `count` on a lake; DuckDB, Polars and plain Spark SQL do the same work on the same Parquet files and
cores, for lists that they can count. Each runs in a process of its own, one after the other. What was measured of a
size is kept in build/benchmarks/counting, and the document is rendered from all sizes that are there:
`--sizes 10000000x5000` measures one of them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import counting_lake, drawn_terms, rivals
from benchmarks.counts_section import agree, section
from benchmarks.document import ROOT, save
from benchmarks.machine import describe
from benchmarks.one_concept import one_concept
from benchmarks.process_memory import watch
from jobs.lake.lake import Lake
from udfs.text.queries import Query

CORPORA = ROOT.parent / "shared" / "corpora"
FOLDER = ROOT / "build" / "benchmarks" / "counting"
SIZES = ("100000x5000", "1000000x5000", "1000000x500000", "10000000x5000")
CORES = 2
# The longest list that the others count. With 500,000 concepts in 10^6 samples, DuckDB filled 69 GB of disk in four
# minutes, and had not finished.
RIVALS_CONCEPTS = 5_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the sizes that are asked for and render the document."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.counts", description="counting against DuckDB, Polars and Spark SQL"
    )
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="SAMPLESxCONCEPTS, default: %(default)s")
    for size in parser.parse_args(arguments).sizes:
        machine = describe(["pyspark", "delta-spark", "pyarrow", "numpy", "duckdb", "polars"])
        samples, concepts = map(int, size.split("x"))
        print(f"{size} ...", file=sys.stderr)
        measured = {"machine": machine.as_json(), **measure(samples, concepts)}
        if not agree(measured):
            raise SystemExit(f"{size}: the counts differ: {measured}")
        (FOLDER / f"{size}.json").write_text(json.dumps(measured, indent=1), "utf-8")
        print(save("text", section([json.loads(path.read_text("utf-8")) for path in kept()], machine)))


def kept() -> list[Path]:
    """The sizes that were measured, the smallest first."""
    return sorted(FOLDER.glob("*x*.json"), key=lambda path: tuple(map(int, path.stem.split("x"))))


def measure(samples: int, concepts: int) -> dict[str, Any]:
    """One size by all, with what they have in common."""
    nouns, rate = drawn_terms.real_nouns(CORPORA, FOLDER / "nouns.parquet")
    names = FOLDER / f"concepts-{concepts}.txt"
    names.write_text("\n".join(drawn_terms.concept_names(nouns, CORPORA, concepts)) + "\n", "utf-8")
    lake = FOLDER / f"lake-{samples}"
    if not (lake / counting_lake.MADE).exists():
        shutil.rmtree(lake, ignore_errors=True)
        run = counting_lake.settings(lake, names, CORES)
        counting_lake.make(run, drawn_terms.draw_terms(nouns, samples), FOLDER / "staging")
    found = {"samples": samples, "concepts": concepts, "captions_per_second": rate, "ours": ours(lake, names)}
    found["one"] = one_concept(lake, names, nouns)
    queries = FOLDER / f"queries-{concepts}"
    rivals.write_queries(stored_queries(lake, names), queries)
    files = sorted(str(path) for path in (lake / "caption_terms").glob("corpus=drawn/*/*.parquet"))
    (queries / "files.json").write_text(json.dumps(files), "utf-8")
    return found | {name: rival(name, queries) for name in rivals.RIVALS if concepts <= RIVALS_CONCEPTS}


def stored_queries(lake: Path, names: Path) -> list[Query]:
    """The queries of the list as our run made them."""
    rows = {row["concept"]: row for row in Lake(None, str(lake)).rows("concepts")}
    asked = [rows[name] for name in names.read_text("utf-8").splitlines()]
    return [Query(row["concept"], tuple(map(tuple, row["terms"])), row["unanswerable"]) for row in asked]


def ours(lake: Path, names: Path) -> dict[str, Any]:
    """The stage `count`."""
    counting_lake.restore(lake)
    command = [sys.executable, "-m", "benchmarks.counted", str(lake), str(names), str(CORES), str(time.time())]
    watched = watch(command)
    return {**json.loads(watched.output.splitlines()[-1]), "peaks": watched.peaks}


def rival(name: str, queries: Path) -> dict[str, Any]:
    """One of the others."""
    output = FOLDER / f"{name}.parquet"
    os.environ["POLARS_MAX_THREADS"] = str(CORES)
    watched = watch([sys.executable, "-m", "benchmarks.rivals", name, str(queries), str(output), str(CORES)])
    return {**json.loads(watched.output), "peaks": watched.peaks}


if __name__ == "__main__":
    main()
