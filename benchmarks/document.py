"""Documents of measurements, made from what was measured: docs/benchmarks/NAME.md.

A benchmark saves what it found as one section (build/benchmarks/NAME/SECTION.json), and the document is rendered anew
from every section that is there. Two benchmarks fill one document without knowing each other, and nothing in it is
typed in by hand. `python -m benchmarks.document NAME` renders it again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.machine import Machine
from jobs.markdown_table import markdown_table

ROOT = Path(__file__).resolve().parents[1]
# What each document is about, and its sections in order.
DOCUMENTS = {
    "text": ("Text: nouns and counting", ("nouns", "index", "counting")),
    "images": ("Images: decoding and models", ("images",)),
    "shards": ("Shards: very many and very small", ("many", "store")),
}


@dataclass(frozen=True)
class Table:
    """One table: cells are text, numbers are written as given (round before)."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """What one benchmark found. title: its heading; command: what made it; text: paragraphs above the tables."""

    title: str
    command: str
    machine: Machine
    text: Sequence[str] = ()
    tables: Sequence[Table] = ()
    day: str = field(default_factory=lambda: date.today().isoformat())


def save(document: str, name: str, section: Section) -> Path:
    """Keep a section and render its document anew; returns the document's path."""
    if name not in DOCUMENTS[document][1]:
        raise ValueError(f"{document} has no section {name!r}: {', '.join(DOCUMENTS[document][1])}")
    path = _kept(document, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(section), indent=1), "utf-8")
    return write(document)


def write(document: str) -> Path:
    """Render a document from the sections that are kept; returns its path."""
    title, names = DOCUMENTS[document]
    found = [json.loads(path.read_text("utf-8")) for name in names if (path := _kept(document, name)).exists()]
    target = ROOT / "docs" / "benchmarks" / f"{document}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(render(title, found), "utf-8")
    return target


def render(title: str, sections: Sequence[dict[str, Any]]) -> str:
    """The document as Markdown: sections as `save` keeps them, in order."""
    parts = [f"# {title}", "Made by the commands named below; numbers of other machines will differ."]
    for section in sections:
        parts += [f"## {section['title']}", _origin(section), *section["text"]]
        for table in section["tables"]:
            parts += [table["caption"]] if table["caption"] else []
            parts.append(markdown_table(table["columns"], table["rows"]))
    return "\n\n".join(parts) + "\n"


def _origin(section: dict[str, Any]) -> str:
    machine = section["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    return (
        f"`{section['command']}`, {section['day']}: {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, load {machine['load']} before; "
        f"Python {machine['python']}" + (f", {packages}." if packages else ".")
    )


def _kept(document: str, name: str) -> Path:
    return ROOT / "build" / "benchmarks" / document / f"{name}.json"


if __name__ == "__main__":
    print(write(sys.argv[1]))
