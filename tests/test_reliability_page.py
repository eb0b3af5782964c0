"""The page of kills says what the tests of a real pytest run recorded, and keeps what stands above it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).resolve().parents[1] / "tools" / "reliability_page.py"
MEASURED = {
    "door": "local",
    "seed": 7,
    "length": 20.0,
    "kills": [{"victim": "driver", "moment": moment} for moment in (0.031, 0.4, 0.97)],
    "late": 2,
    "starts": 5,
    "lakes": 2,
    "equal": 2,
    "survived": 3,
    "seconds": 91.4,
    "faults": [],
}
FAULT = "s3a, seed 7, lake-2 (driver at 3%): counts"
BAD = {**MEASURED, "door": "s3a", "equal": 1, "survived": 1, "faults": [f"{FAULT}\nmore"]}
LANE = f"""
import json
import pytest
def test_good(record_property): record_property("kills", json.dumps({MEASURED!r}))
def test_bad(record_property):
    record_property("kills", json.dumps({BAD!r}))
    assert False
@pytest.mark.skip
def test_absent(): pass
"""


def test_page_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "test_kills_at_every_door.py").write_text(LANE)
    (tmp_path / "test_others.py").write_text("def test_of_something_else(): pass\n")
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", "kills.xml"]
    subprocess.run(pytest_run, cwd=tmp_path, capture_output=True)
    page = tmp_path / "reliability.md"
    page.write_text("# Reliability\n\nWhat is promised.\n\n## Measured\n\nsomething old\n")
    subprocess.run([sys.executable, str(TOOL), "kills.xml", str(page)], cwd=tmp_path, check=True)
    text = page.read_text()
    assert text.startswith("# Reliability\n\nWhat is promised.\n\n## Measured\n\nWritten by `make reliability`")
    assert "something old" not in text and "seed: 7\n" in text and " cores, " in text
    assert "result: 4 of 6 kills survived with equal tables" in text and "drawn again: 4 kills" in text
    cells = ("local", "passed", "3 times the driver", "3 of 3", "3% to 97%; by quarter 1, 1, 0, 1")
    assert f"| {' | '.join(cells)} | 5 | 2 of 2 | 20 s | 91 s |" in text
    assert "| s3a | failed | 3 times the driver | 1 of 3 |" in text and f"- {FAULT}\n" in text
    assert "test_of_something_else" not in text
    assert "| test_absent | skipped | - |" in text
