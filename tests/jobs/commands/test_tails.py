"""`tails` describes own and published frequencies, and compares corpora by concept over all lists."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from published_counts import add_counts, kept_lake
from scipy import stats

from jobs.cli import arguments_of, main
from jobs.lake.lake import Lake
from jobs.results.counts.tails import ACROSS, TAILS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake."""
    return kept_lake(tmp_path)


@pytest.fixture
def lake(config: Path) -> Lake:
    """The kept lake."""
    return Lake(None, str(config.parent / "lake"))


def rows(capsys: pytest.CaptureFixture[str], config: Path, *words: str) -> list[dict[str, str]]:
    assert main(["tails", str(config), *words]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_own_frequencies_by_hand(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {row["search"]: row for row in rows(capsys, config)}
    assert set(found) == {"text", "image", "integrated"}
    text = found["text"]
    # dog 3, cat 3, bicycle 2, tiger, new_york and leaf 1, unicorn 0; 737 has no answer.
    assert (text["corpus"], text["source"], text["list"], text["samples"]) == ("tiny", "own", "words", "8")
    assert (text["concepts"], text["unanswerable"], text["zeros"], text["below_10"]) == ("7", "1", "1", "1.0")
    differences = np.abs(np.subtract.outer([3, 3, 2, 1, 1, 1, 0], [3, 3, 2, 1, 1, 1, 0])).mean()
    assert float(text["gini"]) == pytest.approx(differences / (2 * 11 / 7))
    assert text["exponent"] == "" and text["note"] == "6 frequencies are above 0: a power law needs 50"


def test_published_lists_together_and_each(config: Path, lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = np.minimum(stats.zipf.rvs(2.0, size=600, random_state=0), 10**7)
    names = {f"concept {at}": int(count) for at, count in enumerate(drawn)}
    add_counts(lake, "cc3m", {"a": names, "b": {"concept 0": 5, "other": 0}})
    whole, first, second = rows(capsys, config, "--corpus", "cc3m")
    assert [row["list"] for row in (whole, first, second)] == ["", "a", "b"]
    assert (whole["concepts"], whole["zeros"], first["concepts"], second["concepts"]) == ("601", "1", "600", "2")
    assert whole["source"] == "published, lemmatized" and whole["samples"] == ""
    assert float(whole["exponent"]) == pytest.approx(2.0, abs=4 * float(whole["exponent_error"]))
    assert float(whole["ks"]) < 0.05 and int(whole["in_law"]) >= 50 and whole["note"] == ""
    assert second["exponent"] == "" and float(second["below_10"]) == 1.0


def test_corpora_are_compared_over_all_lists(config: Path, lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    # The kept lake has dog 3, cat 3, bicycle 2 and unicorn 0 in its one list.
    add_counts(lake, "cc3m", {"pets": {"dog": 90, "cat": 20}, "rest": {"bicycle": 300, "unicorn": 2, "fog": 1}})
    add_counts(lake, "cc12m", {"words": {"dog": 40, "cat": 80, "fog": 7}, "pets": {"dog": 41}})
    add_counts(lake, "cc12m", {"words": {"dog": 40}}, method="lowercased")
    found = {(row["corpus"], row["other"], row["other_source"]): row for row in rows(capsys, config, "--across")}
    assert set(found) == {
        ("tiny", "cc3m", "published, lemmatized"),
        ("tiny", "cc12m", "published, lemmatized"),
        ("tiny", "cc12m", "published, lowercased"),
        ("cc12m", "cc3m", "published, lemmatized"),
    }
    own = found["tiny", "cc3m", "published, lemmatized"]
    assert (own["concepts"], own["other_concepts"], own["paired"]) == ("7", "5", "4")
    ours, theirs = [3, 3, 2, 0], [90, 20, 300, 2]
    assert float(own["spearman"]) == pytest.approx(stats.spearmanr(ours, theirs).statistic)
    logs = np.log(np.maximum(ours, 1)), np.log(theirs)
    assert float(own["pearson_log"]) == pytest.approx(stats.pearsonr(*logs).statistic)
    pair = found["cc12m", "cc3m", "published, lemmatized"]
    assert pair["paired"] == "3", "dog, cat and fog, of lists of different names"


def test_formats(config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["tails", str(config), "--search", "text", "--format", "json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert row["below_1000"] == 1.0 and row["threshold"] is None
    target = tmp_path / "new" / "tails.parquet"
    assert main(["tails", str(config), "--format", "parquet", "--output", str(target)]) == 0
    assert pq.read_table(target).schema == TAILS


def test_figures(config: Path, lake: Lake, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    add_counts(lake, "cc3m", {"pets": {"dog": 90, "cat": 20, "bicycle": 3}})
    for words in ([], ["--across"]):
        figure = tmp_path / "drawn" / f"{len(words)}.svg"
        assert main(["tails", str(config), "--search", "text", "--figure", str(figure), *words]) == 0
        assert "text search" in figure.read_text() and "cc3m" in figure.read_text()
    for threshold in (0.5, 0.6):
        add_counts(lake, "cc3m", {"pets": {"dog": 9}}, "integrated", threshold)
        add_counts(lake, "cc3m", {"pets": {"dog": 9}}, "image", threshold, None)
    assert main(["tails", str(config), "--figure", str(tmp_path / "many.svg")]) == 2
    assert "--figure: it shows 4 searches, and there are 5 (text, image above 0.5" in caplog.text


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--across"], 1, "no two corpora are counted by one search: there is tiny, text; tiny, image above 0.5"),
        (["--corpus", "other"], 2, "no corpus 'other'; corpora: tiny"),
        (["--list", "other"], 1, "no frequency of list other is in"),
        (["--threshold", "0.9"], 1, "thresholds: 0.5"),
        (["--format", "parquet"], 2, "--format parquet needs --output"),
        (["--figure", "a.pdf"], 2, "ends in .svg or .png"),
    ],
)
def test_what_is_not_there_is_told(
    config: Path, caplog: pytest.LogCaptureFixture, words: list[str], status: int, message: str
) -> None:
    assert main(["tails", str(config), *words]) == status
    assert message in caplog.text


def test_an_empty_lake_is_told(config: Path, lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["tails", str(config), "--set", "corpora=[]"]) == 1
    assert "no frequency is in" in caplog.text
    for spec in {row["spec"] for row in lake.rows("concept_counts", ["spec"])}:
        lake.replace_rows("concept_counts", {"corpus": "tiny", "spec": spec}, [])
    assert main(["tails", str(config)]) == 1
    assert "nothing is counted yet for corpus tiny" in caplog.text


def test_the_page_says_what_is_there() -> None:
    page = (ROOT / "docs" / "tails.md").read_text()
    for command in [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]:
        assert arguments_of(shlex.split(command)[1:]).command in ("tails", "longtail", "balance")
    for schema, title in ((TAILS, "## Tails"), (ACROSS, "## Corpora against each other")):
        section = page.split(title)[1].split("\n## ")[0]
        cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
        assert re.findall(r"`(\w+)`", " ".join(cells)) == schema.names
