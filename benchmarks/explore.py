"""The explorer under many readers: how long they wait for a page, and what the server holds in memory.

    python -m benchmarks.explore [CONFIG] [--readers 50] [--seconds 60]

CONFIG names a lake that is counted; by default that of `make demo`. The server is a process of its own. Each reader
keeps a connection and asks for one thing after the other: words of the lists and others, samples, pictures, pairs and
laws, in one round with a second to read each, in another without.
"""

from __future__ import annotations

import argparse
import http.client
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import numpy as np

from benchmarks.document import Section, Table, save
from benchmarks.machine import Machine, describe
from jobs.public import open_run

READERS = 50
SECONDS = 60.0
# Seconds that a reader looks at a page; with 0 a reader asks as fast as answers come.
PAUSES = (1.0, 0.0)
# Words on no list, some of which captions have.
OTHERS = ("photo", "red", "green", "blue", "large", "symbol", "picture", "sign", "zebra", "car", "tree", "house")
# Pictures that a page of samples asks for at once.
PICTURES = 8


class Asked(NamedTuple):
    """One request: what was asked for, the seconds until all of the answer was there, and its status."""

    kind: str
    seconds: float
    status: int


class Round(NamedTuple):
    """What a round of readers found; memory: MiB of the server at its begin, its middle and its end."""

    pause: float
    asked: list[Asked]
    memory: tuple[int, int, int]
    seconds: float


def main() -> None:
    """Measure, save the section, and print where the document is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config", nargs="?", default="conf/demo.yaml")
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each round")
    given = parser.parse_args()
    machine = describe(["starlette", "uvicorn", "deltalake", "pyarrow"])
    words = [*open_run(given.config).snapshot().names().names.to_pylist(), *OTHERS]
    command = [sys.executable, "-m", "jobs.cli", "explore", given.config, "--images", "--port", "0"]
    server = subprocess.Popen([*command, "--log-level", "error"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = urlsplit(server.stdout.readline().strip()).netloc
        # The first readers pay for what is read and fitted once: they are not counted.
        read(server.pid, address, words, given.readers, 5.0, 0.0)
        rounds = [read(server.pid, address, words, given.readers, given.seconds, pause) for pause in PAUSES]
    finally:
        server.terminate()
        server.wait()
    print(save("explore", section(rounds, given.readers, len(words), machine)))


def read(server: int, address: str, words: Sequence[str], readers: int, seconds: float, pause: float) -> Round:
    """All readers for some seconds."""
    asked: list[Asked] = []
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_reader, args=(address, words, until, pause, random.Random(number), asked))
        for number in range(readers)
    ]
    memory = [_resident(server)]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 2)
    memory.append(_resident(server))
    for thread in threads:
        thread.join()
    return Round(pause, asked, (memory[0], memory[1], _resident(server)), seconds)


def _reader(
    address: str, words: Sequence[str], until: float, pause: float, chance: random.Random, asked: list[Asked]
) -> None:
    connection = http.client.HTTPConnection(address, timeout=60)
    while time.monotonic() < until:
        for kind, path in _visit(chance.choice(words)):
            text = _ask(connection, kind, path, asked)
            if kind == "samples":
                for picture in _pictures(text):
                    _ask(connection, "picture", picture, asked)
            time.sleep(pause * chance.uniform(0.5, 1.5))


def _ask(connection: http.client.HTTPConnection, kind: str, path: str, asked: list[Asked]) -> str:
    """One request, whose wait is noted; the answer as text."""
    began = time.monotonic()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    asked.append(Asked(kind, time.monotonic() - began, answer.status))
    return body.decode("utf-8", "replace")


def _visit(word: str) -> list[tuple[str, str]]:
    """What somebody who looks up a word asks for, one after the other."""
    kinds = {"word": "/concept", "law": "/law", "plan": "/plan", "pairs": "/together", "samples": "/samples"}
    return [(kind, f"{path}?{urlencode({'name': word, 'part': 1})}") for kind, path in kinds.items()]


def _pictures(text: str) -> list[str]:
    parts = text.split('<img src="')[1 : PICTURES + 1]
    return [part.partition('"')[0].replace("&amp;", "&") for part in parts]


def _resident(pid: int) -> int:
    """MiB that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) >> 10
    return 0


def section(rounds: Sequence[Round], readers: int, words: int, machine: Machine) -> Section:
    """The section of the document."""
    tables = []
    for one in rounds:
        rows: list[Sequence[object]] = []
        for kind in ("word", "law", "plan", "pairs", "samples", "picture"):
            waits = np.array([asked.seconds for asked in one.asked if asked.kind == kind])
            if len(waits):
                rows.append((kind, len(waits), *(f"{np.quantile(waits, part):.3f}" for part in (0.5, 0.95, 0.99))))
        failed = sum(asked.status >= 500 for asked in one.asked)
        told = f"a pause of {one.pause:g} s on average" if one.pause else "no pause"
        caption = (
            f"{readers} readers with {told}: {len(one.asked) / one.seconds:.0f} answers a second, {failed} failed; the "
            f"server held {one.memory[0]}, {one.memory[1]} and {one.memory[2]} MiB at begin, middle and end. Seconds:"
        )
        tables.append(Table(("asked for", "answers", "median", "95 %", "99 %"), rows, caption))
    everything = np.array([asked.seconds for asked in rounds[0].asked])
    text = [
        f"{words:,} words, each with its law, its pairs and its samples; server and readers share the machine.",
        f"95 of 100 answers came within {np.quantile(everything, 0.95):.3f} s to readers who pause (goal 1).",
    ]
    return Section("Readers", "make bench-explore", machine, text, tables)


if __name__ == "__main__":
    main()
