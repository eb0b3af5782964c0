"""Write the summary of a `make test-long` run: `long_lane.py build/long-lane.xml docs/long-lane.md`.

The page is committed by whoever closes an issue, so that everyone sees when the long tests last ran, where,
and how long each took.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
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
    seconds: float


def read_outcomes(junit: Path) -> list[Outcome]:
    """The tests of a JUnit XML file as pytest writes it, slowest first."""
    cases = ElementTree.parse(junit).getroot().iter("testcase")
    return sorted((_outcome(case) for case in cases), key=lambda outcome: -outcome.seconds)


def _outcome(case: ElementTree.Element) -> Outcome:
    results = {"failure": "failed", "error": "error", "skipped": "skipped"}
    result = next((results[child.tag] for child in case if child.tag in results), "passed")
    return Outcome(f"{case.get('classname')}::{case.get('name')}", result, float(case.get("time", 0)))


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


def render(outcomes: list[Outcome], when: datetime, machine: str) -> str:
    """The page: date, machine, counts, and a table of every test."""
    counts = {result: sum(o.result == result for o in outcomes) for result in ("passed", "failed", "error", "skipped")}
    said = ", ".join(f"{count} {result}" for result, count in counts.items() if count) or "no tests"
    rows = [(outcome.name, outcome.result, f"{outcome.seconds:.0f}") for outcome in outcomes]
    return "\n".join(
        [
            "# The long lane's last run",
            "",
            "Written by `make test-long`.",
            "",
            f"- when: {when:%Y-%m-%d %H:%M} UTC",
            f"- machine: {machine}",
            f"- result: {said} in {sum(o.seconds for o in outcomes):.0f} s",
            "",
            markdown_table(("test", "result", "seconds"), rows),
            "",
        ]
    )


def main(arguments: list[str]) -> None:
    """Read the XML of the first argument and write the page of the second."""
    junit, page = (Path(argument) for argument in arguments)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render(read_outcomes(junit), datetime.now(UTC), describe_machine()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
