"""One concept in a counted lake: `conceptfreq lookup` as a whole process, and the query alone in a warm one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.counting_lake import only, settings
from benchmarks.drawn_terms import TAIL, tail_word
from benchmarks.process_memory import watch
from jobs.core.context import Context
from jobs.core.lean_arrow import leave_out_pandas
from jobs.lake.lake import Lake
from jobs.results.lookup import look_up
from jobs.settings.settings import Settings

PROCESSES = 7
QUERIES = 200
SEED = 0
# Seconds between two looks at the memory of a process that lives for one.
OFTEN = 0.02


def one_concept(lake: Path, names: Path, nouns: pa.ListArray) -> dict[str, Any]:
    """Seconds and MiB of processes for the commonest word that is on no list, and seconds of many queries."""
    given = only(settings(lake, names, 1), "drawn")
    config = lake.with_suffix(".json")
    config.write_text(given.model_dump_json(exclude_unset=True), "utf-8")
    words = list(unlisted(names, nouns))
    lookup = [sys.executable, "-m", "jobs.cli", "lookup", str(config), words[0]]
    command = [sys.executable, "-m", "benchmarks.one_concept", str(config), *words]
    queries = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {
        "word": words[0],
        "process": median(seconds_of(lookup) for _ in range(PROCESSES)),
        "process_mib": watch(lookup, OFTEN).peaks["driver"],
        "p95": float(np.quantile(queries, 0.95)),
        "slowest": max(queries),
    }


def unlisted(names: Path, nouns: pa.ListArray) -> Iterator[str]:
    """Words on no list: half of them from the captions, the commonest first, half of them rare ones."""
    listed = {name.lower() for name in names.read_text("utf-8").splitlines()}
    common = nouns.flatten().value_counts().sort(order="descending", by="counts").field("values").to_pylist()
    rare = (tail_word(int(rank)) for rank in np.random.default_rng(SEED).permutation(TAIL))
    for words in (map(str.lower, common), rare):
        fresh = (word for word in dict.fromkeys(words) if word not in listed and word.isalpha())
        yield from islice(fresh, QUERIES // 2)


def seconds_of(command: Sequence[str]) -> float:
    """Seconds of a command as a whole process."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main(arguments: Sequence[str]) -> None:
    """Print the seconds of each query of CONFIG for WORDS, after one that opens the tables."""
    leave_out_pandas()
    given = Settings.model_validate_json(Path(arguments[0]).read_text("utf-8"))
    context = Context.looking(given, Lake(None, given.lake), "lookup")
    seconds = []
    for word in (arguments[1], *arguments[1:]):
        began = time.perf_counter()
        look_up(context, word)
        seconds.append(time.perf_counter() - began)
    print(json.dumps(seconds[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
