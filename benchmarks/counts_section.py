"""What the counting benchmark found, as a section of docs/benchmarks/text.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.counting_lake import MEMORY
from benchmarks.document import Section, Table
from benchmarks.machine import Machine
from benchmarks.rivals import SPARK_MEMORY

OTHERS = {"duckdb": "DuckDB", "polars": "Polars", "spark": "Spark SQL"}
TIMES = ("samples", "concepts", "ours", "beyond a small count", *OTHERS.values(), "ours / fastest", "beyond / fastest")
COSTS = ("samples", "concepts", "start-up", "small count", "JVM", "driver", "workers", *OTHERS.values(), "written")


def section(measured: Sequence[dict[str, Any]], machine: Machine) -> Section:
    """Of the sizes that were measured, each as benchmarks.counts keeps it."""
    text = [
        "Stored terms: nouns of real captions, drawn by a seed, and in every other row a rare word by Zipf's law; "
        "shards of 10,000 samples. Concepts: the paper's, nouns of the captions, rare words and pairs. All count "
        "samples per shard and concept, those of several terms too, and write them; their rows and sums are equal. "
        "Ours is the stage `count` with commits, ledger and totals, in a session that has counted before; the median "
        "of 3. Spark SQL is what a user would write (explode, join, group), in a warm session of its own with "
        f"{SPARK_MEMORY} of heap. Longer lists are counted by ours alone: the join of the others' queries would fill "
        "this machine's disk.",
        *filter(
            None, (_index(measured[-1]), _slope(measured), _more(measured[-1]), _one(measured[-1]), _long(measured))
        ),
    ]
    tables = (
        Table(TIMES, [_times(one) for one in measured], "Seconds:"),
        Table(
            COSTS,
            [_costs(one) for one in measured],
            "Start-up (JVM, pipeline, queries of the whole list, a first count of 100 samples) and a small count (100 "
            f"samples again), in seconds; peak memory in MiB (proportional set size; the JVM has a heap of {MEMORY} "
            "and runs the tasks too); MiB written by a count:",
        ),
    )
    return Section("Counting", "make bench-counts", machine, text, tables)


def agree(one: dict[str, Any]) -> bool:
    """Whether all that counted found the same rows and samples."""
    found = {(one[name]["rows"], one[name]["samples"]) for name in ("ours", *OTHERS) if name in one}
    return len(found) == 1


def _times(one: dict[str, Any]) -> tuple[object, ...]:
    again, beyond = one["ours"]["again"], one["ours"]["again"] - one["ours"]["small"]
    rivals = [one[name]["seconds"] for name in OTHERS if name in one]
    compared = (*rivals, again / min(rivals), beyond / min(rivals)) if rivals else (None,) * (len(OTHERS) + 2)
    seconds = ["" if number is None else f"{number:.2f}" for number in (again, beyond, *compared)]
    return (f"{one['samples']:,}", f"{one['concepts']:,}", *seconds)


def _costs(one: dict[str, Any]) -> tuple[object, ...]:
    ours = one["ours"]
    peaks = [ours["peaks"].get(role, 0) for role in ("jvm", "driver", "workers")]
    others = [sum(one[name]["peaks"].values()) if name in one else "" for name in OTHERS]
    seconds = (f"{ours['start']:.1f}", f"{ours['small']:.2f}")
    return (f"{one['samples']:,}", f"{one['concepts']:,}", *seconds, *peaks, *others, f"{ours['bytes'] / 2**20:.1f}")


def _index(one: dict[str, Any]) -> str:
    """The stage that makes the postings, against the text stage."""
    ours, cores = one["ours"], one["machine"]["cores"]
    stage = one["samples"] / one["captions_per_second"] / cores
    postings, terms = (ours[table] / 2**20 for table in ("postings", "caption_terms"))
    return (
        f"The stage `index` takes {ours['index']:.1f} s for {one['samples']:,} samples, "
        f"{100 * ours['index'] / stage:.1f} % of the {stage:.0f} s in which {cores} cores find the nouns (goal 5). "
        f"Postings have {postings:.0f} MiB, the stored terms {terms:.0f} MiB (goal: no more)."
    )


def _slope(measured: Sequence[dict[str, Any]]) -> str:
    """Of the sizes with the same list."""
    sizes = [one for one in measured if one["concepts"] == 5_000]
    beyond = [one["ours"]["again"] - one["ours"]["small"] for one in sizes]
    if len(sizes) < 2 or min(beyond) <= 0:
        return ""
    slope = np.polyfit(np.log10([one["samples"] for one in sizes]), np.log10(beyond), 1)[0]
    return f"Slope of log seconds beyond a count of 100 samples over log samples, 5,000 concepts: {slope:.2f}."


def _long(measured: Sequence[dict[str, Any]]) -> str:
    """Of the longest list."""
    one = max(measured, key=lambda size: size["concepts"])
    if one["concepts"] == 5_000:
        return ""
    return (
        f"{one['concepts']:,} concepts in {one['samples']:,} samples take {one['ours']['again']:.1f} s (goal 15), with "
        f"{one['ours']['peaks']['driver']} MiB in the driver (goal 1,024)."
    )


def _more(one: dict[str, Any]) -> str:
    """A list that grew by 100, and a corpus that grew by one shard in a hundred."""
    ours = one["ours"]
    whole, grown, more = (ours[name] - ours["small"] for name in ("again", "grown", "more"))
    return (
        f"On {one['samples']:,} samples, 100 more concepts take {ours['more']:.1f} s, {more:.1f} s beyond a small "
        f"count (goal 1). One shard in a hundred more takes {ours['grown']:.1f} s, which is beyond a small count "
        f"{100 * grown / whole:.0f} % of the whole (goal 3)."
    )


def _one(one: dict[str, Any]) -> str:
    """A concept on no list, as a whole process and as a query."""
    found = one["one"]
    return (
        f"One concept on no list in {one['samples']:,} samples: `conceptfreq lookup CONFIG {found['word']}` takes "
        f"{found['process']:.2f} s as a whole process (median of 7; goal 1.5) and at most {found['process_mib']} MiB "
        f"(goal 500). In a warm process 95 of 100 queries take less than {found['p95']:.2f} s (goal 0.2), the slowest "
        f"{found['slowest']:.2f} s."
    )
