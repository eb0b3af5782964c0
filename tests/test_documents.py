"""What the documents say of tables, keys and statuses is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.analysis.suspicions.rules import KINDS
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
