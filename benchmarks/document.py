"""Documents of measurements, made from what was measured: docs/benchmarks/NAME.md.

A benchmark writes its own section, and leaves the others of the document as they are. Two benchmarks fill one document
without knowing each other, and nothing in it is typed in by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from benchmarks.machine import Machine
from jobs.markdown_table import markdown_table

ROOT = Path(__file__).resolve().parents[1]
# What each document is about, and the titles of its sections in order.
DOCUMENTS = {
    "text": ("Text: nouns and counting", ("Nouns", "Index", "Counting")),
    "intervals": ("Intervals: how often they hold the truth", ("Coverage",)),
    "permuted-ranks": ("Permuted ranks: does frequency cause accuracy?", ("Closed loop by several seeds",)),
    "images": ("Images: decoding and models", ("Images",)),
    "explore": ("The explorer: readers at the same time", ("Readers",)),
    "shards": (
        "Shards: very many and very small",
        ("Shards by the thousand", "Shards in an object store", "Fixed costs"),
    ),
}


@dataclass(frozen=True)
class Table:
    """One table: cells are text, numbers are written as given (round before)."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """What one benchmark found. title: one of DOCUMENTS; command: what made it; text: paragraphs above the tables."""

    title: str
    command: str
    machine: Machine
    text: Sequence[str] = ()
    tables: Sequence[Table] = ()
    day: str = field(default_factory=lambda: date.today().isoformat())


def save(document: str, section: Section) -> Path:
    """Write a section into a document, in the place of an earlier one of its title; returns the document's path.

    Raises ValueError if the document has no section of that title.
    """
    title, titles = DOCUMENTS[document]
    if section.title not in titles:
        raise ValueError(f"{document} has no section {section.title!r}: {', '.join(titles)}")
    target = ROOT / "docs" / "benchmarks" / f"{document}.md"
    there = sections_of(target.read_text("utf-8")) if target.exists() else {}
    found = {**there, section.title: rendered(section)}
    parts = [f"# {title}", "Made by the commands named below; numbers of other machines will differ."]
    parts += [f"## {name}\n\n{found[name]}" for name in titles if name in found]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n\n".join(parts) + "\n", "utf-8")
    return target


def sections_of(text: str) -> Mapping[str, str]:
    """The sections of a document, as Markdown by title."""
    _, *parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return {title: body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}


def rendered(section: Section) -> str:
    """A section as Markdown, without its heading."""
    parts = [_origin(section), *section.text]
    for table in section.tables:
        parts += [table.caption] if table.caption else []
        parts.append(markdown_table(table.columns, table.rows))
    return "\n\n".join(parts)


def _origin(section: Section) -> str:
    machine = section.machine
    packages = ", ".join(f"{name} {number}" for name, number in machine.packages.items())
    return (
        f"`{section.command}`, {section.day}: {machine.cpu}, {machine.cores} cores, "
        f"{machine.memory_gib} GiB, load {machine.load} before; "
        f"Python {machine.python}" + (f", {packages}." if packages else ".")
    )
