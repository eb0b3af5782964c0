"""`longtail` chooses the rarest concepts of several corpora, without those that the audit names."""

from __future__ import annotations

import csv
import io
import logging
from pathlib import Path

import pytest
from published_counts import add_counts, kept_lake

from jobs.analysis.pooled import describe
from jobs.cli import main
from jobs.concepts.lists import list_names
from jobs.lake.lake import Lake
from jobs.results.fits.slopes_of_some import ScoredConcepts
from jobs.settings.corpora import ConceptList

# Names that no rule of the audit ties together; the kept lake has none of them.
CC3M = {"goldfinch": 0, "otter": 12, "walrus": 40, "violin": 150, "harbour": 620, "castle": 2_100, "lantern": 9_000}
CC12M = {"goldfinch": 0, "otter": 80, "walrus": 70, "violin": 900, "harbour": 3_300, "castle": 0, "lantern": 41_000}
BY_TEXT = {**CC3M, "goldfinch": 70_000}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake with published counts of two corpora by image, and of one by text."""
    path = kept_lake(tmp_path)
    lake = Lake(None, str(tmp_path / "lake"))
    add_counts(lake, "cc3m", {"things": CC3M}, "image", 0.7, None)
    add_counts(lake, "cc3m", {"things": CC3M}, "image", 0.5, None)
    add_counts(lake, "cc12m", {"things": CC12M, "more": {"otter": 80, "quokka": 3}}, "image", 0.7, None)
    add_counts(lake, "cc3m", {"things": BY_TEXT})
    return path


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> None:
    """What the command says beside its rows is heard."""
    caplog.set_level(logging.INFO)


PUBLISHED = ("--search", "image", "--corpus", "cc3m", "--corpus", "cc12m")


def rows(capsys: pytest.CaptureFixture[str], config: Path, *words: str) -> list[dict[str, str]]:
    assert main(["longtail", str(config), *words]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_the_rarest_over_two_corpora_with_their_counts(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    found = rows(capsys, config, *PUBLISHED, "--concepts", "3", "--no-audit")
    assert [row["concept"] for row in found] == ["otter", "castle", "walrus"]
    otter = found[0]
    assert (otter["frequency cc3m"], otter["frequency cc12m"], otter["found_in"]) == ("12", "80", "2")
    assert float(otter["typical"]) == pytest.approx((12 * 80) ** 0.5) and otter["lists"] == "more; things"
    assert otter["score"] == "" and otter["scores"] == "0"
    assert "3 of 7 concepts that are counted in" in caplog.text
    assert "left out, found in fewer than 1 corpora: 1" in caplog.text and "no score of a concept" in caplog.text


def test_what_the_audit_names_is_left_out(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    names = [row["concept"] for row in rows(capsys, config, *PUBLISHED)]
    assert "goldfinch" not in names and names[0] == "otter"
    # Image search finds none, where text search finds 70,000.
    assert "left out, named by a finding of the audit: 1" in caplog.text
    caplog.clear()
    rows(capsys, config, *PUBLISHED, "--kind", "zeros_in_list")
    assert "left out, named by a finding of the audit: 0" in caplog.text


def test_rules(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, config, *PUBLISHED, "--found-in", "2", "--max-frequency", "1000")
    assert [row["concept"] for row in found] == ["otter", "walrus", "violin"]


def test_the_rows_are_a_concept_list(config: Path, tmp_path: Path) -> None:
    for name in ("rare.csv", "rare.json"):
        output = tmp_path / "lists" / name
        words = [*PUBLISHED, "--concepts", "2", "--format", output.suffix[1:], "--output", str(output)]
        assert main(["longtail", str(config), *words]) == 0
        assert list_names(ConceptList(name="rare", file=str(output))) == ("otter", "castle")


def test_own_counts_alone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, config, "--corpus", "tiny")
    # unicorn is nowhere, and 737 has no answer.
    assert [row["concept"] for row in found] == ["leaf", "new_york", "tiger", "bicycle", "cat", "dog"]
    assert [row["frequency tiny"] for row in found] == ["1", "1", "1", "2", "3", "3"]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ([], 1, "no concept is counted in every corpus (tiny, text: 7; cc3m (published, lemmatized), text: 7 concepts"),
        (
            ["--search", "image", "--corpus", "cc3m", "--threshold", "0.9"],
            2,
            "not every corpus is counted at threshold",
        ),
        ([*PUBLISHED, "--threshold", "0.5"], 2, "there is cc12m (published), image above 0.7; cc3m (published), image"),
        (["--corpus", "other"], 2, "no corpus 'other'"),
        ([*PUBLISHED, "--max-frequency", "1"], 1, "0 of 7 concepts"),
    ],
)
def test_what_cannot_be_is_told(
    config: Path, caplog: pytest.LogCaptureFixture, words: list[str], status: int, message: str
) -> None:
    assert main(["longtail", str(config), *words]) == status
    assert message in caplog.text


def test_the_slope_over_some_beside_that_over_all() -> None:
    frequency = tuple(10.0**at for at in range(9))
    every = ScoredConcepts("all", tuple("abcdefghi"), ("set",) * 9, frequency, tuple(0.1 * at for at in range(9)))
    assert every.slope() is not None and every.slope().value == pytest.approx(0.1)
    rare = every.of(set("abcdef"))
    assert rare.names == tuple("abcdef") and rare.slope().value == pytest.approx(0.1)
    assert every.of(set("abc")).slope() is None, "three points lie close to some line"
    assert every.slope() == describe(every.names, every.sets, frequency, every.score).leading
