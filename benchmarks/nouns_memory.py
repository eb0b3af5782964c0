"""Memory of a text worker over many captions: one line a step, captions so far and resident MB.

The captions are web alt text whose words are made anew in every round by a suffix, so that no cache is ever warm: the
worst case for what is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa

from benchmarks.nouns import PIPELINE, captions
from udfs.text.task import ROWS, NounTask


def main(count: int) -> None:
    """Run a noun task over `count` captions, and print its memory at 0, 1, 10, 25, 50, 75 and 100 % of them."""
    stops = [0, *(count * percent // 100 for percent in (1, 10, 25, 50, 75, 100))]
    done = 0
    report(0)
    for batch in NounTask(PIPELINE)(batches(count)):
        done += batch.num_rows
        while len(stops) > 1 and done >= stops[1]:
            report(stops.pop(1))


def batches(count: int) -> Iterator[pa.RecordBatch]:
    """Record batches of made-up captions, as a noun task takes them."""
    texts = islice(made_up(), count)
    while rows := list(islice(texts, ROWS)):
        names = [str(number) for number in range(len(rows))]
        yield pa.RecordBatch.from_pydict(
            {"shard": ["a"] * len(rows), "sample": names, "ordinal": list(range(len(rows))), "caption": rows}
        )


def made_up() -> Iterator[str]:
    """Web alt text, over and over, one word in three with the number of the round in letters behind it."""
    texts, number = captions("web alt text"), 0
    while True:
        suffix = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        for text in texts:
            words = text.split(" ")
            yield " ".join(word + suffix if number and place % 3 == 0 else word for place, word in enumerate(words))
        number += 1


def report(done: int) -> None:
    """Print one step."""
    status = Path("/proc/self/status").read_text("utf-8")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    print(f"{done:,}\t{int(kilobytes) / 1000:.0f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
