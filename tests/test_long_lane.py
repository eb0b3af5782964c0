"""The long lane's page says machine, counts, commits and durations of real pytest runs, part by part."""

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
    assert "| test_lane::test_bad | failed | 0 | none | 20" in text
    assert "Java 1" in text or "Java 2" in text
    assert " cores, " in text


def test_a_part_leaves_the_lines_of_the_others(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for name in ("one", "two", "gone"):
        (tmp_path / f"test_{name}.py").write_text("def test_it(): pass\n")
    commits = [commit(tmp_path)]
    page = tmp_path / "lane.md"
    run_part(tmp_path, ".")
    (tmp_path / "test_two.py").write_text("def test_it(): assert False\n")
    (tmp_path / "test_gone.py").unlink()
    commits.append(commit(tmp_path))
    run_part(tmp_path, "test_two.py")
    text = page.read_text()
    assert f"| test_one::test_it | passed | 0 | {commits[0]} | 20" in text
    assert f"| test_two::test_it | failed | 0 | {commits[1]} | 20" in text
    assert "test_gone" not in text and "- result: 1 passed, 1 failed in" in text
    (tmp_path / "test_two.py").write_text("def test_it(): pass\n")
    run_part(tmp_path, "test_two.py")
    assert f"| test_two::test_it | passed | 0 | {commits[1]}+ | 20" in page.read_text()


def commit(folder: Path) -> str:
    """Commit everything in the folder; returns the commit's short name."""
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "add", "-A", "*.py"], cwd=folder, check=True)
    subprocess.run(["git", *who, "commit", "-qm", "tests"], cwd=folder, check=True)
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    )
    return said.stdout.strip()


def run_part(folder: Path, part: str) -> None:
    """Run these tests and write the page."""
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", "lane.xml", part]
    subprocess.run(pytest_run, cwd=folder, capture_output=True)
    subprocess.run([sys.executable, str(TOOL), "lane.xml", "lane.md"], cwd=folder, check=True)
