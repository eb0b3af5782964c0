"""Delimited files after public bug reports: what each holds, with the options that its report gives."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ingest = Callable[..., list[dict[str, Any]]]

# Captions, None where the row is a reject, over all files of the folder.
CAPTIONS: dict[str, list[str | None]] = {
    "cc12m": ["a cat on a sofa"] * 3,
    "csv_bom": ["a dog, on the grass"],
    "csv_bom_quoted": ["a dog, on the grass", 'a "dog"'],
    "csv_capital": ["a dog"],
    "csv_cr": ["a dog\rand a cat", "a dog"],
    "csv_header_only": ["a dog"],
    "csv_mac": ["a dog", "a dog"],
    "csv_newline": ["a dog\nand a cat", "a dog\r\n\r\nagain"],
    "csv_openquote": [None, "a dog", "a dog", "a dog", "a dog"],
    "csv_semicolon": ["a dog; on the grass", 'a "dog"'],
    "flickr30k_opt": [" A dog on the grass .", " Two dogs .", None],
    "flickr8k_token": ["A dog on the grass .", "Two dogs ."],
    "flickr8k_txt": ["A dog on the grass .", "A dog , a cat ."],
    "tsv_gz_plain": ["a dog", "a dog"],
    "tsv_quote": ['"a dog on the grass', '“a dog" runs', "'a dog'"],
    "utf16_csv": ["a dog café", "собака dog"],
    "utf16_tsv": ["a dog café", "un cсобака dog"],
    "wit": ["a dog on the grass", 'a "big" dog\nin a park', ""],
    "yfcc": ["my+dog+on+the+beach", "dogs%20at%20home"],
}


@pytest.fixture
def options(shared: Path) -> dict[str, dict[str, Any]]:
    """The reader's options of each delimited report."""
    path = shared / "corpora" / "reports" / "EXPECTED.csv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with path.open(encoding="utf-8", newline="") as file:
        reports = [row for row in csv.DictReader(file) if row["format"] == "delimited"]
    return {row["name"]: json.loads(row["options"]) for row in reports}


def test_every_report_is_here(options: dict[str, Any]) -> None:
    assert set(options) == set(CAPTIONS)


@pytest.mark.parametrize("name", CAPTIONS)
def test_reported_files(shared: Path, ingest: Ingest, options: dict[str, Any], name: str) -> None:
    folder = shared / "corpora" / "reports" / name
    rows = ingest("delimited", folder, *sorted(path.name for path in folder.iterdir()), **options[name])
    assert [row["caption"] for row in rows] == CAPTIONS[name]
    assert [row["status"] for row in rows] == ["bad_member" if caption is None else "ok" for caption in CAPTIONS[name]]
    assert not any(row["caption_repaired"] for row in rows)


@pytest.mark.parametrize("name", ["wit", "flickr8k_token", "csv_semicolon"])
def test_what_a_file_says_of_itself_needs_no_option(
    shared: Path, ingest: Ingest, options: dict[str, Any], name: str
) -> None:
    kept = {key: value for key, value in options[name].items() if key == "delimiter"}
    folder = shared / "corpora" / "reports" / name
    rows = ingest("delimited", folder, *sorted(path.name for path in folder.iterdir()), **kept)
    assert [row["caption"] for row in rows] == CAPTIONS[name]
