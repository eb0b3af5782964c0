"""Fixed costs: what each corpus, and each run of a schedule, takes beyond the work on its samples.

Every figure is that of whole processes, start of Python and of the JVM included; of commands that can be repeated it is
the median. Run it on an idle machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.document import Section, Table, save
from benchmarks.drawn_shards import draw
from benchmarks.machine import describe
from benchmarks.process_memory import watch
from benchmarks.shards import CORES, FOLDER, NOUNS, STAGES, timed, write_config

REPEATS = 3
CORPORA = 22
SHARDS = 6
KIND = "webdataset"
START_SPARK = (
    "import sys; from jobs.core.session import get_session; from jobs.settings.loading import load_settings; "
    "get_session(load_settings(sys.argv[1]).spark).range(1).collect()"
)


def main() -> None:
    """Measure, save the section, and print where the document is."""
    machine = describe(["pyspark", "delta-spark", "pyarrow", "deltalake"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "concepts.txt").write_text("\n".join(NOUNS) + "\n", "utf-8")
    corpora, each = many_corpora()
    schedule, grown = scheduled()
    text = [
        f"A corpus more, of one shard of 3 captions, takes {each:.2f} s per stage ({', '.join(STAGES)}; goal 1).",
        f"One new shard beside {SHARDS - 1} takes {grown:.1f} s beyond the start of Spark (goal 15).",
    ]
    command = "python -m benchmarks.fixed_costs"
    print(save("shards", Section("Fixed costs", command, machine, text, [corpora, schedule])))


def many_corpora() -> tuple[Table, float]:
    """Seconds of a run over one corpus and over many, and the seconds that a corpus and stage adds."""
    corpus = FOLDER / f"{KIND}-1"
    draw(corpus, KIND, 1)
    rows, runs = [], []
    for count in (1, CORPORA):
        given = [{"name": f"corpus{number}", "format": KIND, "path": str(corpus)} for number in range(count)]
        config, first = write_and_run(f"{KIND}-corpora-{count}", given)
        runs.append(first)
        rows.append((count, *(f"{one:.1f}" for one in (first, seconds("run", config), seconds("status", config)))))
    columns = ("corpora", "run", "nothing to do", "status")
    each = (runs[1] - runs[0]) / (CORPORA - 1) / len(STAGES)
    return Table(columns, rows, "Corpora of one shard, seconds of a command:"), each


def write_and_run(name: str, corpora: Sequence[dict[str, str]]) -> tuple[Path, float]:
    """Settings of an empty lake, and the seconds of the run that fills it."""
    config = write_config(name, corpora)
    return config, timed("run", config).seconds


def seconds(command: str, config: Path) -> float:
    """The median seconds of a command that changes nothing."""
    return middle(lambda: timed(command, config).seconds)


def scheduled() -> tuple[Table, float]:
    """Seconds of each run of a schedule, and those of one new shard beyond the start of Spark."""
    corpus = FOLDER / f"{KIND}-schedule"
    draw(corpus, KIND, SHARDS - 1)
    config, first = write_and_run(f"{KIND}-schedule", [{"name": "grows", "format": KIND, "path": str(corpus)}])
    spark = middle(lambda: start_spark(config))
    nothing = seconds("run", config)
    numbers = iter(range(SHARDS, SHARDS + REPEATS))

    def one_more() -> float:
        draw(corpus, KIND, next(numbers))
        return timed("run", config).seconds

    more = middle(one_more)
    rows = [("start Spark, do nothing", f"{spark:.1f}")]
    rows += [("first run, 5 shards", f"{first:.1f}"), ("run, nothing to do", f"{nothing:.1f}")]
    rows += [("run, one new shard", f"{more:.1f}")]
    return Table(("process", "seconds"), rows, f"A schedule's runs, {CORES} cores:"), more - spark


def start_spark(config: Path) -> float:
    """Seconds of a process that starts Spark and ends."""
    began = time.perf_counter()
    watch([sys.executable, "-c", START_SPARK, str(config)])
    return time.perf_counter() - began


def middle(measure: Callable[[], float]) -> float:
    """The median of several measurements."""
    return median(measure() for _ in range(REPEATS))


if __name__ == "__main__":
    main()
