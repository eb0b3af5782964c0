"""`presence` divides stored counts: own ones of a kept lake, and published ones."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from published_counts import add_counts, kept_lake

from jobs import open_run
from jobs.cli import main
from jobs.lake.lake import Lake
from jobs.results.counts.presence import PRESENCE


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake with published counts, and own ones in which images show two of three dogs."""
    path = kept_lake(tmp_path)
    lake = Lake(None, str(tmp_path / "lake"))
    for search, threshold, method, counts in (
        ("text", None, "lemmatized", {"jaguar": 17_037, "dog": 868_615, "unheard": 0}),
        ("image", 0.7, None, {"jaguar": 35_851, "dog": 6_034_574, "unheard": 5}),
        ("integrated", 0.7, "lemmatized", {"jaguar": 2_320, "dog": 552_080, "unheard": 0}),
    ):
        add_counts(lake, "laion400m", {"imagenet": counts}, search, threshold, method)
    rows = lake.rows("concept_counts", corpus="tiny")
    for row in rows:
        if row["concept"] == "dog" and row["search"] in ("image", "integrated"):
            row |= {"frequency": {"image": 4, "integrated": 2}[row["search"]], "unanswerable": None}
    lake.replace_rows("concept_counts", {"corpus": "tiny"}, rows)
    return path


def shown(capsys: pytest.CaptureFixture[str], config: Path, *words: str) -> dict[tuple[str, str], dict[str, str]]:
    assert main(["presence", str(config), *words]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].split(",") == PRESENCE.names
    return {(row["corpus"], row["concept"]): row for row in csv.DictReader(io.StringIO(said))}


def test_published_counts(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, config, "--corpus", "laion400m")
    jaguar, dog, unheard = (found["laion400m", name] for name in ("jaguar", "dog", "unheard"))
    assert (jaguar["text"], jaguar["image"], jaguar["integrated"]) == ("17037", "35851", "2320")
    assert float(jaguar["presence"]) == pytest.approx(2_320 / 17_037)
    assert float(dog["presence"]) == pytest.approx(552_080 / 868_615)
    # How many samples were searched is not published.
    assert (dog["lift"], dog["samples"], dog["source"]) == ("", "", "published, lemmatized")
    assert (unheard["presence"], unheard["list"]) == ("", "imagenet")


def test_own_counts(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, config, "--corpus", "tiny")
    dog = found["tiny", "dog"]
    # Of 9 samples 8 have a caption, all have an image, and 3 captions name a dog.
    assert (dog["text"], dog["image"], dog["integrated"], dog["samples"]) == ("3", "4", "2", "8")
    assert float(dog["presence"]) == pytest.approx(2 / 3)
    assert float(dog["lift"]) == pytest.approx(2 / 3 / (4 / 9))
    frame = open_run(str(config)).presence("tiny")
    assert frame.set_index("concept")["presence"]["dog"] == float(dog["presence"])
    # No caption can name it.
    assert found["tiny", "737"]["presence"] == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--threshold", "0.123"], "threshold 0.123: nothing was counted at it"),
        (["--corpus", "other"], "no corpus 'other'"),
        (["--list", "other"], "no concept list 'other'"),
        (["--set", "images=null", "--corpus", "tiny"], "integrated search is not configured"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    config: Path, caplog: pytest.LogCaptureFixture, words: list[str], message: str
) -> None:
    assert main(["presence", str(config), *words]) == 2
    assert message in caplog.text
