"""`counts --distinct` on a finished lake without Spark: the kept lake, with URLs, captions and hashes that repeat."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.cli import main
from jobs.core.context import Context
from jobs.core.stage_specs import images_spec
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION
from jobs.settings.loading import load_settings

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
IMAGES = {"tagger": tiny.TAGGER, "batch_size": 4}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake. Three of its captions hold a dog, and three a cat."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(tmp_path / "lake")
    return tiny.write_settings(tmp_path, images=IMAGES)


def change(config: Path, table: str, changes: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change each row of a table of the lake."""
    lake = Lake(None, str(config.parent / "lake"))
    lake.replace_rows(table, {}, [row | changes(row) for row in lake.rows(table)])


def distinct(config: Path, capsys: pytest.CaptureFixture[str], alike: str, *more: str) -> dict[str, str]:
    """The column `distinct` by concept."""
    assert main(["counts", str(config), "--search", "text", "--distinct", alike, *more]) == 0
    text = capsys.readouterr().out
    assert text.startswith("corpus,search,threshold,concept,frequency,distinct,unanswerable,")
    return {row["concept"]: row["distinct"] for row in csv.DictReader(io.StringIO(text))}


def test_by_url(config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    def url(row: dict[str, Any]) -> dict[str, Any]:
        said = row["caption"] or ""
        return {"url": "http://dogs" if "dog" in said else None if "cat on a" in said else f"http://{said}"}

    change(config, "samples", url)
    found = distinct(config, capsys, "url")
    # The cat and dog is one of the dogs; another cat has no URL.
    assert found == {"dog": "1", "cat": "3", "bicycle": "2", "tiger": "1", "new_york": "1", "leaf": "1"} | {
        "unicorn": "0",
        "737": "",
    }
    assert "tiny: 1 of 8 searched samples have no URL; each of them counts as one" in caplog.text
    assert main(["counts", str(config), "--search", "text"]) == 0
    assert "distinct" not in capsys.readouterr().out


def test_by_caption(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert distinct(config, capsys, "caption")["dog"] == "3"
    change(config, "samples", lambda row: {"caption": "a dog and a cat"})
    assert distinct(config, capsys, "caption", "--list", "words")["dog"] == "1"


@pytest.mark.parametrize(("alike", "column"), [("bytes", "sha256"), ("look", "perceptual_hash")])
def test_by_hashes_of_images(config: Path, capsys: pytest.CaptureFixture[str], alike: str, column: str) -> None:
    tiny.write_settings(config.parent, images={**IMAGES, "hashes": ["bytes", "look"]})
    settings = load_settings(str(config), [])
    lake = Lake(None, settings.lake)
    spec = images_spec(settings, settings.corpora[0], Context.looking(settings, lake, "counts").identities).id
    change(config, "shards", lambda row: {"spec": spec} if row["stage"] == "images" else {})
    shards = {"00000.tar": b"12345678", "00001.tar": b"abcdefgh"}
    change(config, "image_features", lambda row: {"spec": spec, column: shards.get(row["shard"], b"22222222") * 2})
    found = distinct(config, capsys, alike)
    assert (found["dog"], found["cat"], found["bicycle"]) == ("2", "2", "2")


def test_what_cannot_be_told_is_refused(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    command = ["counts", str(config), "--search", "text", "--distinct"]
    assert main([*command, "bytes"]) == 2
    assert "no such hash of images is stored: set images.hashes: [bytes]" in caplog.text
    assert main([*command, "url"]) == 1
    assert "none of 8 searched samples has a URL, so --distinct url cannot tell them apart" in caplog.text
    tiny.write_settings(config.parent, images={**IMAGES, "hashes": ["bytes"]})
    assert main([*command, "bytes"]) == 1
    assert "3 of 3 shards are not done at stage images, such as 00000.tar: run `conceptfreq images`" in caplog.text
    tiny.write_settings(config.parent)
    assert main([*command, "look"]) == 2
    assert "has no section 'images'" in caplog.text


def test_counts_of_other_rows_than_the_index_are_refused(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    change(config, "concept_counts", lambda row: {"frequency": 4} if row["concept"] == "dog" else {})
    assert main(["counts", str(config), "--search", "text", "--distinct", "caption"]) == 1
    assert "4 samples were counted for 'dog', and 3 are indexed: run `conceptfreq count`" in caplog.text
