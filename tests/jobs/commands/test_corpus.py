"""`corpus`: what it says of the kept lake is what its captions say."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import tiny
from attributed import index_attributes

from jobs.cli import main
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION
from jobs.report_page.corpus_page import render_corpora
from jobs.results.corpora.corpus_statistics import CorpusStatistics
from jobs.results.corpora.repeated_values import RepeatedValues
from jobs.results.corpora.value_counts import ValueCounts
from jobs.settings.loading import load_settings

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake, which is indexed by two attributes."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(tmp_path / "lake")
    images = {"tagger": tiny.TAGGER, "batch_size": 4}
    path = tiny.write_settings(tmp_path, images=images, attributes=["caption_length", "language"])
    index_attributes(load_settings(str(path), []))
    return path


def shown(config: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["corpus", str(config), "--json", *words]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    return dict(found)


def test_the_kept_lake(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(config, capsys)
    assert (found["shards"], found["samples"], found["usable"], found["rejects"]) == (3, 9, 9, [])
    counts = {one["of"]: one for one in found["value_counts"]}
    assert counts["caption_length"]["values"] == [["0", 1], ["1-5", 6], ["6-10", 2]]
    assert sum(samples for _, samples in counts["language"]["values"]) == 9
    assert [counts[one]["values"] for one in ("formats", "decoded_size")] == [[["PNG", 9]], [["1-63", 9]]]
    # Eight captions are not empty.
    assert counts["nouns"]["samples"] == 8 and counts["nouns"]["values"][:2] == [["cat", 3], ["dog", 3]]
    assert found["keyless"] == {"index": "nouns", "captions": 8, "without": 0}
    assert found["repeated"] == [
        {"column": "caption", "values": 9, "distinct": 9},
        {"column": "url", "values": 0, "distinct": 0},
    ]
    attributes, hashes = found["unknown"]
    assert attributes.startswith("domain, image_size: set `attributes: [caption_length, language, domain, image_size]`")
    assert hashes.startswith("images that repeat others: set `images.hashes: [bytes]`")


def test_captions_without_a_noun_are_those_that_no_key_has(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake = Lake(None, str(config.parent / "lake"))
    rows = lake.rows("caption_terms")
    rows[0]["keys"], rows[0]["positions"] = [], []
    lake.replace_rows("caption_terms", {}, rows)
    assert rows[0]["status"] == "ok"
    assert shown(config, capsys)["keyless"] == {"index": "nouns", "captions": 8, "without": 1}


def test_top_and_tables(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {one["of"]: one for one in shown(config, capsys, "--top", "1")["value_counts"]}
    assert len(counts["nouns"]["values"]) == len(counts["language"]["values"]) == 1
    assert len(counts["caption_length"]["values"]) == 3, "bins are few: all are shown"
    assert main(["corpus", str(config), "--top", "1"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^  1-5 +6 +66\.7 %$", text, re.MULTILINE)
    assert re.search(r"^  \(1 others?\) +2 +22\.2 %$", text, re.MULTILINE)
    assert "Commonest nouns of captions: 1 of 12, of 8 samples" in text


def test_what_is_not_indexed_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake = Lake(None, str(config.parent / "lake"))
    lake.replace_rows("shards", {"stage": ["attributes", "index"], "shard": "00001.tar"}, [])
    found = shown(config, capsys)
    assert "language: 2 of 3 shards are indexed: run `conceptfreq attributes`" in found["unknown"]
    assert "nouns: 2 of 3 shards are indexed: run `conceptfreq index`" in found["unknown"]
    assert {one["of"]: one["samples"] for one in found["value_counts"]}["language"] == 6
    found = shown(config, capsys, "--set", "captions.match=substring")
    assert any(one.startswith("nouns: `captions.match: substring` keeps none") for one in found["unknown"])
    assert found["keyless"] is None


def test_nothing_read_is_no_answer(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    Lake(None, str(config.parent / "lake")).replace_rows("shards", {"stage": "ingest"}, [])
    assert main(["corpus", str(config)]) == 1
    assert "no sample is read yet: run `conceptfreq run`" in caplog.text
    assert main(["corpus", str(config), "--set", "corpora=[]"]) == 2
    assert main(["corpus", str(config), "--corpus", "other"]) == 2


class Texts(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "pages" / "corpus.html"
    assert main(["corpus", str(config), "--output", str(output)]) == 0
    assert not capsys.readouterr().out
    page = Texts()
    page.feed(output.read_text(encoding="utf-8"))
    assert page.tags["table"] == 8 and not page.tags["script"] and not page.tags["img"]
    assert "Commonest nouns of captions" in page.text and "domain, image_size: set" in page.text
    assert not re.search(r"(?:src|href)=|url\(|@import", output.read_text(encoding="utf-8"))
    assert main(["corpus", str(config), "--output", str(config / "corpus.html")]) == 2


def test_names_are_escaped() -> None:
    hostile = "<script>alert(1)</script>\u202e"
    counted = ValueCounts("domain", ((hostile, 3),), 1, 3)
    found = CorpusStatistics(hostile, 1, 0, 1, 3, 3, (), (counted,), None, (RepeatedValues("url", 0, 0),), (hostile,))
    page = Texts()
    text = render_corpora(hostile, [found])
    page.feed(text)
    assert not page.tags["script"] and "\u202e" not in text
    assert page.text.count("<script>alert(1)</script>⟨U+202E⟩") == 5
