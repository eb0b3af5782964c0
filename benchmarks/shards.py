"""Shards by the thousand: what a run over very many, very small files takes.

Every stage is a command of its own on a fresh lake, so that its seconds and memory are its own; a command that finds
nothing to do gives what start-up costs. Run it on an idle machine. For an object store start a server, say moto's
(`moto_server -p 5555`), give its bucket with --uri, and the credentials as `pyarrow.fs` takes them.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from pyarrow import fs

from benchmarks.document import ROOT, Section, Table, save
from benchmarks.drawn_shards import CAPTIONS, ENDINGS, NOUNS, draw
from benchmarks.machine import Machine, describe
from benchmarks.process_memory import watch
from udfs.shards.uris import filesystem_and_path, join

FOLDER = ROOT / "build" / "benchmarks" / "shards"
STAGES = ("ingest", "captions", "count")
SIZES = (1_000, 10_000, 100_000)
CORES = 2
MEMORY = "1g"
GOAL = "(goal: 100,000 in 15)"


@dataclass(frozen=True)
class Taken:
    """Seconds of a command, and peaks of memory in MiB by role."""

    seconds: float
    peaks: Mapping[str, int]


def main() -> None:
    """Measure, save the section, and say where the document is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="shards of each corpus")
    parser.add_argument("--format", choices=tuple(ENDINGS), default="webdataset")
    parser.add_argument("--uri", help="copy each corpus there first and read it from there, as in s3://bucket/shards")
    arguments = parser.parse_args()
    machine = describe(["pyspark", "delta-spark", "pyarrow", "deltalake"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "concepts.txt").write_text("\n".join(NOUNS) + "\n", "utf-8")
    measured = {size: measure(size, arguments.format, arguments.uri) for size in arguments.sizes}
    title = "Shards in an object store" if arguments.uri else "Shards by the thousand"
    print(save("shards", section(title, machine, measured, arguments.format)))


def measure(size: int, kind: str, uri: str | None) -> dict[str, Taken]:
    """What a plan, each stage over `size` shards, and a run with nothing to do take."""
    corpus = FOLDER / f"{kind}-{size}"
    draw(corpus, kind, size)
    path = copied(corpus, uri) if uri else str(corpus)
    config = write_config(f"{kind}-{size}", [{"name": "many", "format": kind, "path": path}])
    found = {"plan": timed("ingest", config, "--dry-run")}
    for stage in STAGES:
        found[stage] = timed(stage, config)
    found["nothing to do"] = timed("run", config)
    return found


def copied(corpus: Path, uri: str) -> str:
    """The corpus in an object store: its URI below `uri`, whose query is kept."""
    target = join(uri, corpus.name)
    filesystem, path = filesystem_and_path(target)
    fs.copy_files(str(corpus), path, destination_filesystem=filesystem)
    return target


def write_config(name: str, corpora: Sequence[dict[str, Any]]) -> Path:
    """Settings of a text-only run over these corpora, on two cores and an empty lake."""
    lake = FOLDER / f"{name}-lake"
    shutil.rmtree(lake, ignore_errors=True)
    settings = {
        "name": "shards",
        "lake": str(lake),
        "corpora": list(corpora),
        "concepts": [{"name": "nouns", "file": str(FOLDER / "concepts.txt")}],
        "captions": {"pipeline": "en_core_web_sm"},
        "spark": {"master": f"local[{CORES}]", "driver_memory": MEMORY},
    }
    path = FOLDER / f"{name}.yaml"
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return path


def timed(command: str, config: Path, *options: str) -> Taken:
    """Run one command of the command line to its end."""
    began = time.perf_counter()
    watched = watch([sys.executable, "-m", "jobs.cli", command, str(config), *options, "--log-level", "warning"])
    taken = Taken(time.perf_counter() - began, watched.peaks)
    print(f"{config.stem} {command} {' '.join(options)}: {taken}", file=sys.stderr, flush=True)
    return taken


def growth(measured: Mapping[int, Mapping[str, Taken]]) -> Table:
    """A row a size: seconds of each command, of the stages without start-up a thousand shards, and memory."""
    rows = []
    for size, taken in measured.items():
        work = stage_seconds(taken)
        seconds = [f"{one.seconds:.0f}" for one in taken.values()]
        rows.append((f"{size:,}", *seconds, f"{1000 * work / size:.1f}", *peaks(taken)))
    columns = ("shards", *next(iter(measured.values())), "s a thousand shards", "driver MiB", "JVM MiB", "workers MiB")
    return Table(columns, rows, "Seconds of each command, start-up included:")


def stage_seconds(taken: Mapping[str, Taken]) -> float:
    """Seconds of the stages without start-up."""
    return sum(max(taken[stage].seconds - taken["nothing to do"].seconds, 0.1) for stage in STAGES)


def peaks(taken: Mapping[str, Taken]) -> Iterator[int]:
    """The most memory (MiB) of any command: driver, JVM, workers."""
    for role in ("driver", "jvm", "workers"):
        yield max(one.peaks.get(role, 0) for one in taken.values())


def further(measured: Mapping[int, Mapping[str, Taken]]) -> list[float]:
    """Seconds of the stages for each further thousand shards, from each size to the next.

    What a command takes whatever the number of shards is in both and falls out. In proportion to the shards means that
    all of these are equal.
    """
    whole = {size: sum(taken[stage].seconds for stage in STAGES) for size, taken in sorted(measured.items())}
    return [1000 * (whole[more] - whole[less]) / (more - less) for less, more in pairwise(whole)]


def section(title: str, machine: Machine, measured: Mapping[int, Mapping[str, Taken]], kind: str) -> Section:
    """What was found, in words and a table."""
    sizes = sorted(measured)
    text = [f"Shards of {CAPTIONS} captions ({kind}), {CORES} cores, a Spark driver of {MEMORY}."]
    if len(sizes) > 1:
        seconds = " and ".join(f"{one:.1f} s" for one in further(measured))
        steps = " to ".join(f"{size:,}" for size in sizes)
        text.append(f"Each further thousand shards takes {seconds} (from {steps} shards; goal: linear).")
    largest = sum(measured[sizes[-1]][stage].seconds for stage in STAGES)
    text.append(f"{sizes[-1]:,} shards through {', '.join(STAGES)}: {largest / 60:.1f} minutes {GOAL}.")
    command = shlex.join(["python", "-m", "benchmarks.shards", *sys.argv[1:]])
    return Section(title, command, machine, text, [growth(measured)])


if __name__ == "__main__":
    main()
