"""The demo as people see it: in a terminal, and off one, in real processes on a small drawing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SCREEN = 40  # lines
STAGES = ["ingest", "captions", "images", "index", "attributes", "count", "evaluate"]
LAST = re.compile(r"planned \d+, done \d+, failed 0, samples \d+, rejects \d+")
# What a terminal acts upon (up a line, erase it, back, down), what it only colours, and text.
TOKENS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+")

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


def write_settings(folder: Path) -> Path:
    """The demo's own settings with its files in `folder`, fewer pairs, steps and laws, which it would not find."""
    text = (ROOT / "conf" / "demo.yaml").read_text().replace("build/demo", str(folder / "demo"))
    settings = yaml.safe_load(text)
    drawing = {"concepts": 24, "max_frequency": 60, "shards": 4, "evaluation_images_per_concept": 3}
    settings["loop"] |= {"drawing": settings["loop"]["drawing"] | drawing, "training": {"steps": 40, "batch": 64}}
    settings["images"]["tagger"]["threshold"] = 0.3
    settings["evaluate"]["prompts"] = ["class"]
    settings["fit"]["protocols"] = ["paper"]
    settings["spark"] = {"master": "local[2]", "driver_memory": "1g"}
    path = folder / "demo.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def in_a_terminal(command: list[str]) -> tuple[int, str]:
    """Exit status, and all that a terminal of 100 columns is sent."""
    master, slave = os.openpty()
    sent: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(master, 1 << 16):
                sent.append(data)
        except OSError:
            pass  # The other side is closed.

    reader = threading.Thread(target=read)
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    reader.start()
    process.wait()
    reader.join()
    os.close(master)
    return process.returncode, b"".join(sent).decode()


def on_the_screen(sent: str) -> list[str]:
    """The lines that stand on the terminal in the end."""
    lines, row, fresh = [""], 0, True
    for token in TOKENS.findall(sent.replace("\r\n", "\n")):
        if token == "\n":
            row, fresh = row + 1, True
            lines += [""] * (row + 1 - len(lines))
        elif token == "\r":
            fresh = True
        elif token == "\x1b[1A":
            row, fresh = row - 1, True
        elif token == "\x1b[2K":
            lines[row] = ""
        elif not token.startswith("\x1b"):
            lines[row], fresh = ("" if fresh else lines[row]) + token, False
    return [line.rstrip() for line in lines[: row + 1]]


def test_it_fits_a_screen_and_says_everything_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jobs.cli", "demo", str(write_settings(tmp_path))]
    _, sent = in_a_terminal(command)
    lines = on_the_screen(sent)[:-1]
    assert len(lines) <= SCREEN, sent[-5000:]
    assert LAST.fullmatch(lines[-1])
    cells = [line.split() for line in lines]
    table = cells[cells.index(["stage", "corpus", "planned", "done", "failed", "samples", "rejects"]) + 1 : -1]
    assert [row[0] for row in table] == STAGES
    assert Counter(line for line in lines if line).most_common(1)[0][1] == 1
    assert sum("device auto: chose" in line for line in lines) == 1
    assert sum(line.startswith("labels   glyphs, image above 0.3, tiny-clip, class: ") for line in lines) == 1
    # Half of the captions of six concepts say another noun.
    [gain] = [line for line in lines if line.startswith("aliases  of 6 concepts that have one: ")]
    by_name, with_aliases, true = (int(number) for number in re.findall(r"(\d+) (?:captions|with|in truth)", gain))
    assert by_name < 0.75 * true and with_aliases == true
    # The line was drawn again within waves.
    assert len(re.findall(r"images glyphs.*?\d/4 shards", sent)) > 5 and re.search(r"\d+/\d+ tasks", sent)
    kept = tmp_path / "demo" / "lake.log"
    assert any(line.endswith(str(kept)) for line in lines)
    assert "images/s" in kept.read_text() and "images/s" not in sent

    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = again.stderr.splitlines()
    assert len(said) + len(again.stdout.splitlines()) <= SCREEN
    assert LAST.fullmatch(said[-1]) and "nothing was written" in again.stderr
    assert "\x1b" not in again.stderr and "WARN " not in again.stderr
