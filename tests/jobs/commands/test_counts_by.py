"""`counts --by`: the values of a concept add up to its frequency."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import tiny
from attributed import index_attributes

from jobs.cli import main
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION
from jobs.settings.loading import load_settings

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
NAMED = ["language", "domain", "caption_length", "image_size"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake, which is indexed by all attributes."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(tmp_path / "lake")
    images = {"tagger": {**tiny.TAGGER, "threshold": [0.2, 0.5]}, "batch_size": 4}
    path = tiny.write_settings(tmp_path, images=images, attributes=NAMED)
    index_attributes(load_settings(str(path), []))
    return path


def rows(capsys: pytest.CaptureFixture[str], config: Path, *words: str) -> list[dict[str, str]]:
    assert main(["counts", str(config), *words]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


@pytest.mark.parametrize("attribute", NAMED)
def test_values_add_up_to_the_frequency(config: Path, attribute: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, config, "--search", "text", "--by", attribute)
    assert list(found[0]) == ["corpus", "search", "threshold", "concept", "value", "frequency", "samples"]
    sums: Counter[str] = Counter()
    for row in found:
        assert 0 < int(row["frequency"]) <= int(row["samples"])
        sums[row["concept"]] += int(row["frequency"])
    stored = Lake(None, str(config.parent / "lake")).rows("concept_counts", search="text", measure="concept")
    assert sums == {row["concept"]: row["frequency"] for row in stored if row["frequency"]}
    searched = {row["value"]: int(row["samples"]) for row in found}
    totals = Lake(None, str(config.parent / "lake")).rows("concept_counts", search="text", measure="samples")
    assert sum(searched.values()) <= totals[0]["frequency"]


def test_by_hand(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, config, "--search", "text", "--by", "caption_length", "--list", "words")
    lengths = {row["value"]: row["frequency"] for row in found if row["concept"] == "dog"}
    # a dog and a cat on a mat; a photo of a dog; a red bicycle beside a dog
    assert lengths == {"6-10": "2", "1-5": "1"}
    assert [row["concept"] for row in found[:2]] == ["cat", "cat"], "the most frequent concept comes first, by name"


def test_what_finds_nothing_says_so(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    question = ["--search", "integrated", "--by", "language", "--corpus", "tiny", "--threshold", "0.3"]
    assert rows(capsys, config, *question) == []
    assert "corpus tiny: integrated search finds no concept in any sample" in caplog.text


def test_another_format(config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    output = str(tmp_path / "by" / "language.parquet")
    assert (
        main(["counts", str(config), "--search", "text", "--by", "language", "--format", "parquet", "--output", output])
        == 0
    )
    assert Path(output).stat().st_size


def test_what_cannot_be_asked_is_refused(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    refused: list[tuple[list[str], int, str]] = [
        (["--set", "attributes=[domain]"], 2, "set `attributes: [domain, language]`, and run `conceptfreq attributes`"),
        (["--threshold", "0.5"], 2, "text search has no threshold"),
        (["--corpus", "other"], 2, "no corpus 'other'"),
        (["--list", "other"], 2, "no concept list 'other'"),
    ]
    for words, status, message in refused:
        caplog.clear()
        assert main(["counts", str(config), "--search", "text", "--by", "language", *words]) == status
        assert message in caplog.text
    Lake(None, str(config.parent / "lake")).replace_rows("shards", {"stage": "attributes", "shard": "00001.tar"}, [])
    caplog.clear()
    assert main(["counts", str(config), "--search", "text", "--by", "language"]) == 1
    assert "1 of 3 shards are not indexed by language, as 00001.tar" in caplog.text


def test_very_many_samples_are_read_by_spark(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lake of this command may start a session; it does not for few samples."""
    from jobs.core import reading, session

    started: list[Any] = []

    def no_spark(*_: Any) -> Any:
        started.append(True)
        raise RuntimeError("started")

    monkeypatch.setattr(session, "get_session", no_spark)
    question = ["counts", str(config), "--search", "text", "--by", "language"]
    assert main(question) == 0 and not started
    monkeypatch.setattr(reading, "SAMPLES_HERE", 2)
    assert main(question) == 1 and started
