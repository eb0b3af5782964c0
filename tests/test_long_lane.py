"""The long lane's page says date, machine, counts and durations of a real pytest run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).resolve().parents[1] / "tools" / "long_lane.py"
LANE = """
import pytest
def test_good(): pass
def test_bad(): assert False
@pytest.mark.skip
def test_absent(): pass
@pytest.fixture
def broken(): raise RuntimeError
def test_error(broken): pass
"""


def test_page_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "test_lane.py").write_text(LANE)
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", "lane.xml"]
    subprocess.run(pytest_run, cwd=tmp_path, capture_output=True)
    page = tmp_path / "docs" / "lane.md"
    subprocess.run([sys.executable, str(TOOL), "lane.xml", str(page)], cwd=tmp_path, check=True)
    text = page.read_text()
    assert "- result: 1 passed, 1 failed, 1 error, 1 skipped in" in text
    assert "| test_lane::test_bad | failed | 0 |" in text
    assert "Java 1" in text or "Java 2" in text
    assert " UTC" in text and " cores, " in text
