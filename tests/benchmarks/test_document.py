"""Documents of measurements: what they say, and that sections come together without knowing each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import document
from benchmarks.document import Section, Table, render, save
from benchmarks.machine import describe


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(document, "ROOT", tmp_path)
    return tmp_path


def section(title: str) -> Section:
    return Section(
        title, "make bench-x", describe(["numpy", "no-such-package"]), ["Why."], [Table(("a", "b"), [(1, 2.5)])]
    )


def test_the_machine_describes_itself() -> None:
    machine = describe(["numpy", "no-such-package"])
    assert machine.cores >= 1 and machine.memory_gib > 0.1 and machine.cpu
    assert machine.packages["numpy"][0].isdigit() and machine.packages["no-such-package"] == "not installed"


def test_sections_of_two_benchmarks_stand_in_the_documents_order(root: Path) -> None:
    save("text", "counting", section("Counting"))
    path = save("text", "nouns", section("Nouns"))
    text = path.read_text("utf-8")
    assert path == root / "docs" / "benchmarks" / "text.md"
    assert text.index("## Nouns") < text.index("## Counting")
    assert "`make bench-x`" in text and "| a | b |\n| --- | --- |\n| 1 | 2.5 |" in text


def test_a_section_is_replaced_by_its_next_run(root: Path) -> None:
    save("text", "nouns", section("Old"))
    assert "Old" not in save("text", "nouns", section("New")).read_text("utf-8")


def test_an_unknown_section_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="'verbs'.*nouns, counting"):
        save("text", "verbs", section("Verbs"))


def test_a_document_without_sections_is_its_title() -> None:
    assert render("Text", []).startswith("# Text\n")
