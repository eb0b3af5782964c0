"""Write the tests of a `make test-long` run into a page: `long_lane.py build/long-lane.xml docs/long-lane.md`.

The long lane takes hours, and may be run in parts. The page has one line for each test: its last run, its commit, and
how long it took. A part writes the lines of its own tests, and leaves the others if their module still exists. Whoever
closes an issue commits the page.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from xml.etree import ElementTree

from jobs.markdown_table import markdown_table


@dataclass(frozen=True)
class Outcome:
    """One test: `result` is passed, failed, error or skipped."""

    name: str
    result: str
    seconds: int
    commit: str
    day: str


def read_outcomes(junit: Path, commit: str, day: str) -> list[Outcome]:
    """The tests of a JUnit XML file as pytest writes it; the one in which it was interrupted has no name there."""
    cases = ElementTree.parse(junit).getroot().iter("testcase")
    return [_outcome(case, commit, day) for case in cases if case.get("name")]


def read_page(page: Path) -> list[Outcome]:
    """The tests that a page has, if their modules are still there."""
    lines = page.read_text("utf-8").splitlines() if page.exists() else []
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if "::" in line]
    known = [Outcome(name, result, int(seconds), commit, day) for name, result, seconds, commit, day in cells]
    return [one for one in known if Path(*one.name.split("::")[0].split(".")).with_suffix(".py").exists()]


def commit_of_here() -> str:
    """The commit that is checked out, with a + if files differ from it; `none` outside a repository."""
    commands = ("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--untracked-files=no")
    ran = [subprocess.run(["git", *command], capture_output=True, text=True) for command in commands]
    return ran[0].stdout.strip() + ("+" if ran[1].stdout else "") if ran[0].returncode == 0 else "none"


def _outcome(case: ElementTree.Element, commit: str, day: str) -> Outcome:
    results = {"failure": "failed", "error": "error", "skipped": "skipped"}
    result = next((results[child.tag] for child in case if child.tag in results), "passed")
    name = f"{case.get('classname')}::{case.get('name')}".replace("|", "/")
    return Outcome(name, result, round(float(case.get("time", 0))), commit, day)


def describe_machine() -> str:
    """Cores, memory and versions in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [f"{os.cpu_count()} cores", f"{memory:.0f} GiB", f"Python {platform.python_version()}", _java()]
    return ", ".join([*parts, *(f"{name} {_version(name)}" for name in ("pyspark", "delta-spark", "torch"))])


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    said = subprocess.run([f"{home}/bin/java" if home else "java", "-version"], capture_output=True, text=True)
    return f"Java {said.stderr.split(chr(34))[1]}" if '"' in said.stderr else "no Java"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def render(outcomes: list[Outcome], machine: str) -> str:
    """The page: machine, counts, and a table of every test, the slowest first."""
    counts = {result: sum(o.result == result for o in outcomes) for result in ("passed", "failed", "error", "skipped")}
    said = ", ".join(f"{count} {result}" for result, count in counts.items() if count) or "no tests"
    commits = sorted({outcome.commit for outcome in outcomes})
    return "\n".join(
        [
            "# The last run of each long test",
            "",
            "Written by `make test-long`, or by a part of it: `make test-long TESTS=tests/faults`.",
            "",
            f"- machine of the last part: {machine}",
            f"- result: {said} in {sum(o.seconds for o in outcomes)} s, on the commits {', '.join(commits)}",
            "",
            markdown_table(("test", "result", "seconds", "commit", "day"), map(astuple, outcomes)),
            "",
        ]
    )


def main(arguments: list[str]) -> None:
    """Read the XML of the first argument and write the page of the second."""
    junit, page = (Path(argument) for argument in arguments)
    page.parent.mkdir(parents=True, exist_ok=True)
    found = read_outcomes(junit, commit_of_here(), f"{datetime.now(UTC):%Y-%m-%d}")
    known = {outcome.name: outcome for outcome in (*read_page(page), *found)}
    slowest_first = sorted(known.values(), key=lambda outcome: (-outcome.seconds, outcome.name))
    page.write_text(render(slowest_first, describe_machine()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
