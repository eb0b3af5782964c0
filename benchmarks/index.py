"""Captions to stored nouns end to end, by the real job on one core and on two: samples read, nouns found, both written.

Each run is a process of its own (`conceptfreq run` with no concepts, so that it ends with the index), bound to its
cores, on an empty lake. A second run of the same command, which finds nothing to do, gives what start-up costs: a
corpus of another size has the rate without it. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml

from benchmarks.document import ROOT, Section, Table, save
from benchmarks.machine import describe

GOAL = 0.8
# Everything but Multi30k's German half.
WITHOUT_GERMAN = "*[!d][!e]_laion_columns.parquet"


def main() -> None:
    """Measure, save the section, and say where the document is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pattern", default="*.parquet", help=f"which Parquet files; {WITHOUT_GERMAN!r}: 170,000 less")
    arguments = parser.parse_args()
    machine = describe(["pyspark", "spacy", "numpy"])
    config = write_config(arguments.pattern)
    rows, rates = [], {}
    for cores in (1, 2):
        (whole, count), (idle, _) = (run(config, cores, fresh) for fresh in (True, False))
        rates[cores] = count / whole, count / (whole - idle)
        rows.append((cores, f"{whole:.0f}", f"{idle:.0f}", *(f"{rate:,.0f}" for rate in rates[cores])))
    shares = [two / (2 * one) for one, two in zip(rates[1], rates[2], strict=True)]
    text = (
        f"{count:,} captions, `conceptfreq run` from files to stored nouns. Two cores reach "
        f"{shares[0]:.0%} of twice the rate of one, {shares[1]:.0%} without start-up (goal: {GOAL:.0%}).",
    )
    columns = ("cores", "seconds", "of which start-up", "captions/s", "without start-up")
    print(save("text", Section("Index", "make bench-text", machine, text, [Table(columns, rows)])))


def write_config(pattern: str) -> Path:
    """The settings of tests/conf/captions.yaml without concepts, over these files."""
    settings = yaml.safe_load((ROOT / "tests" / "conf" / "captions.yaml").read_text("utf-8"))
    del settings["concepts"]
    settings["corpora"][0]["pattern"] = pattern
    path = ROOT / "build" / "benchmarks" / "index.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return path


def run(config: Path, cores: int, fresh: bool) -> tuple[float, int]:
    """(seconds, captions in the index) of one run on that many cores.

    fresh: on an empty lake, else on what the run before left.
    """
    lake = ROOT / "build" / "benchmarks" / f"index-{cores}"
    if fresh:
        shutil.rmtree(lake, ignore_errors=True)
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    options = [f"--set=lake={lake / 'lake'}", f"--set=spark.master=local[{cores}]"]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", "run", str(config), *options, "--log-level", "warning", "--json"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, chosen),
    )
    return time.perf_counter() - began, json.loads(done.stdout.splitlines()[-1])["samples"]


if __name__ == "__main__":
    main()
