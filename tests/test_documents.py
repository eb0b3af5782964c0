"""What the documents say of tables, keys and statuses is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.analysis.suspicions.kinds import KINDS
from jobs.commands.audit import COLUMNS
from jobs.lake.tables import TABLES
from udfs import statuses

ROOT = Path(__file__).resolve().parents[1]


def test_tables_and_keys() -> None:
    lines = (ROOT / "docs" / "tables.md").read_text().splitlines()
    said = {}
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            said[cells[0].strip("`")] = tuple(cells[2].split(", "))
    assert said == {name: table.key for name, table in TABLES.items()}


def test_every_status_is_explained() -> None:
    section = (ROOT / "docs" / "tables.md").read_text().split("## Statuses")[1]
    first_cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", " ".join(first_cells))) == set(statuses.ALL)


def test_kinds_and_columns_of_the_audit() -> None:
    kinds, columns = (ROOT / "docs" / "audit.md").read_text().split("## Kinds")[1].split("## Columns")
    assert first_cells(kinds) == list(KINDS)
    assert first_cells(columns) == COLUMNS.names


def first_cells(section: str) -> list[str]:
    """What is set as code in the first column of the section's table."""
    lines = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return re.findall(r"`(\w+)`", " ".join(lines))


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_rooms_of_the_design_are_those_of_the_tree() -> None:
    house = (ROOT / "docs" / "design.md").read_text().split("## 2. The house")[1].split("## 3.")[0]
    _, *rooms = re.split(r"\| room of `(\w+)` ", house)
    for package, table in zip(rooms[::2], rooms[1::2], strict=True):
        named = re.findall(
            r"`([\w/]+)/`", " ".join(line.split("|")[1] for line in table.splitlines()[1:] if "|" in line)
        )
        held = {path.parent.relative_to(ROOT / package) for path in (ROOT / package).rglob("*.py")}
        missing = [room for room in held if not {str(room), *map(str, room.parents)} & {*named}]
        assert missing == [Path()] and set(named) <= set(map(str, held))


def test_modules_that_documents_name_are_there() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for named in re.findall(r"`((?:jobs|udfs|tests|tools|conf|docker)/[\w./-]+)`", page.read_text()):
            if "NAME" not in named and page.name not in ("CHANGELOG.md", "long-lane.md"):
                assert (ROOT / named).exists(), f"{page.name}: {named}"
