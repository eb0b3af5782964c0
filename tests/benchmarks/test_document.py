"""Documents of measurements: what they say, and that sections come together without knowing each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import document
from benchmarks.document import Section, Table, save
from benchmarks.machine import describe


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(document, "ROOT", tmp_path)
    return tmp_path


def section(title: str, text: str = "Why.") -> Section:
    machine = describe(["numpy", "no-such-package"])
    return Section(title, "make bench-x", machine, [text], [Table(("a", "b"), [(1, 2.5)])], "2026-01-02")


def test_the_machine_describes_itself() -> None:
    machine = describe(["numpy", "no-such-package"])
    assert machine.cores >= 1 and machine.memory_gib > 0.1 and machine.cpu
    assert machine.packages["numpy"][0].isdigit() and machine.packages["no-such-package"] == "not installed"


def test_sections_of_two_benchmarks_stand_in_the_documents_order(root: Path) -> None:
    save("text", section("Counting"))
    path = save("text", section("Nouns"))
    text = path.read_text("utf-8")
    assert path == root / "docs" / "benchmarks" / "text.md"
    assert text.startswith("# Text") and text.index("## Nouns") < text.index("## Counting")
    assert text.count("`make bench-x`") == 2 and "| a | b |\n| --- | --- |\n| 1 | 2.5 |" in text


def test_a_section_is_replaced_by_its_next_run_and_the_others_stay(root: Path) -> None:
    save("text", section("Index"))
    before = save("text", section("Nouns", "Old.")).read_text("utf-8")
    after = save("text", section("Nouns", "New.")).read_text("utf-8")
    assert "Old." in before and after == before.replace("Old.", "New.")


def test_the_documents_that_are_kept_stay_as_they_are_but_for_the_section() -> None:
    for name, (_, titles) in document.DOCUMENTS.items():
        text = (document.ROOT / "docs" / "benchmarks" / f"{name}.md").read_text("utf-8")
        assert set(document.sections_of(text)) <= set(titles)


def test_an_unknown_section_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="'Verbs'.*Nouns, Index, Counting"):
        save("text", section("Verbs"))
