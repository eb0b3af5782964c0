"""Write what the kills found into a page: `reliability_page.py build/reliability.xml docs/reliability.md`.

The XML is pytest's. Each test of tests/faults/test_kills_at_every_door.py has recorded what it measured as the property
`kills`; other tests are passed over. Everything after the page's heading `Measured` is written anew; what stands above
it is left as it is.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from long_lane import describe_machine

from jobs.markdown_table import markdown_table

HEADING = "## Measured\n"
TESTS = "test_kills_at_every_door"
COLUMNS = (
    "door",
    "result",
    "killed",
    "kills survived",
    "moments, in shares of a run",
    "starts",
    "lakes with equal tables",
    "an undisturbed run",
    "all of it",
)


def read_doors(junit: Path) -> list[dict[str, Any]]:
    """What each test measured, with its `result` and its `test`; no more than that where it recorded nothing."""
    cases = ElementTree.parse(junit).getroot().iter("testcase")
    return [_door(case) for case in cases if TESTS in case.get("classname", "")]


def _door(case: ElementTree.Element) -> dict[str, Any]:
    bad = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
    results = {"failure": "failed", "error": "failed", "skipped": "skipped"}
    recorded = [one.get("value", "") for one in case.iter("property") if one.get("name") == "kills"]
    measured = json.loads(recorded[0]) if recorded else {}
    return {"test": case.get("name"), "result": results[bad[0]] if bad else "passed", **measured}


def render(doors: list[dict[str, Any]], when: datetime, machine: str) -> str:
    """The section under its heading: how, the sums, and a line for each door."""
    measured = [door for door in doors if door.get("kills")]
    kills = sum(len(door["kills"]) for door in measured)
    survived = sum(door["survived"] for door in measured)
    late = sum(door["late"] for door in measured)
    seeds = ", ".join(sorted({str(door["seed"]) for door in measured})) or "none"
    return "\n".join(
        [
            HEADING,
            "Written by `make reliability` or `make test-long`.",
            "",
            f"- when: {when:%Y-%m-%d %H:%M} UTC",
            f"- machine: {machine}",
            f"- seed: {seeds}",
            f"- result: {survived} of {kills} kills survived with equal tables",
            f"- drawn again: {late} kills that came after the end of a run, or before there was anyone to kill",
            "",
            markdown_table(COLUMNS, [_row(door) for door in doors]),
            "",
            *_faults(measured),
        ]
    )


def _row(door: dict[str, Any]) -> tuple[str, ...]:
    if not door.get("kills"):
        return (door.get("door", door["test"]), door["result"], *["-"] * (len(COLUMNS) - 2))
    victims = Counter(kill["victim"] for kill in door["kills"])
    return (
        door["door"],
        door["result"],
        ", ".join(f"{number} times the {victim}" for victim, number in sorted(victims.items())),
        f"{door['survived']} of {len(door['kills'])}",
        _spread([kill["moment"] for kill in door["kills"]]),
        str(door["starts"]),
        f"{door['equal']} of {door['lakes']}",
        f"{door['length']:.0f} s",
        f"{door['seconds']:.0f} s",
    )


def _spread(moments: list[float]) -> str:
    """From the first to the last, and how many lie in each quarter of the run."""
    quarters = Counter(min(3, int(4 * moment)) for moment in moments)
    numbers = ", ".join(str(quarters[quarter]) for quarter in range(4))
    return f"{min(moments):.0%} to {max(moments):.0%}; by quarter {numbers}"


def _faults(doors: list[dict[str, Any]]) -> list[str]:
    told = [f"- {fault.splitlines()[0]}" for door in doors for fault in door["faults"]]
    return ["What did not survive:", "", *told, ""] if told else []


def main(arguments: list[str]) -> None:
    """Read the XML of the first argument and write into the page of the second."""
    junit, page = (Path(argument) for argument in arguments)
    doors = read_doors(junit)
    if not doors:
        # A part of the long lane without the kills has nothing to say about them.
        return
    above = page.read_text(encoding="utf-8").partition(HEADING)[0]
    page.write_text(above + render(doors, datetime.now(UTC), describe_machine()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
