"""Columns are known by a layout, a header or what rows hold; where they are not, the shard is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from udfs.shards.delimited import Delimited

Ingest = Callable[..., list[dict[str, Any]]]
HTTP = "http://example.org/{}.jpg"


@pytest.mark.parametrize(
    ("name", "lines", "options"),
    [
        ("cc3m.tsv", [("caption", "url"), ("a dog", HTTP)], {}),
        ("cc3m.tsv", [("Caption ", "URL"), ("a dog", HTTP)], {}),
        ("cc3m.tsv", [("caption", "url"), ("a dog", HTTP)], {"layout": "cc3m"}),
        ("cc3m.tsv", [("caption", "url"), ("a dog", HTTP)], {"columns": ["caption", "url"]}),
        ("a.tsv", [("alt", "link"), ("a dog", HTTP)], {"columns": ["Alt", "link"], "caption": "Alt", "url": "link"}),
        ("a.tsv", [("url", "caption"), (HTTP, "a dog")], {}),
        ("a.tsv", [(HTTP, "a dog")], {}),
        ("a.tsv", [(HTTP, "a dog")], {"layout": "cc12m"}),
        ("a.csv", [(HTTP, "a dog")], {"layout": "cc12m"}),
        ("a.csv", [(HTTP, "a dog")], {}),
        ("a.csv", [(HTTP, "a dog")], {"columns": ["url", "caption"]}),
        ("a.tsv", [("a dog", HTTP)], {}),
        ("a.tsv", [("a dog", HTTP)], {"layout": "cc3m"}),
        ("a.tsv", [("filepath", "title"), ("images/{}.jpg", "a dog")], {}),
        ("a.tsv", [("1.jpg#{}", "a dog")], {}),
        ("a.tsv", [("id", "image_url", "text"), ("{}", HTTP, "a dog")], {}),
        ("a.csv", [("id", " alt text"), ("{}", "a dog")], {"caption": "alt text"}),
    ],
)
def test_columns_are_known(
    tmp_path: Path, ingest: Ingest, name: str, lines: list[tuple[str, ...]], options: dict[str, Any]
) -> None:
    *header, pattern = lines
    rows = [*header, *([field.format(number) for field in pattern] for number in range(3))]
    separator = "," if name.endswith(".csv") else "\t"
    (tmp_path / name).write_text("".join(separator.join(row) + "\n" for row in rows), encoding="utf-8")
    read = ingest("delimited", tmp_path, name, **options)
    assert [(row["sample"], row["caption"]) for row in read] == [(str(number), "a dog") for number in range(3)]
    assert {row["url"] for row in read} in ({HTTP.format(number) for number in range(3)}, {None})


@pytest.mark.parametrize(
    ("line", "options", "said"),
    [
        (f"{HTTP}\thttp://x", {}, "most of the first 3 captions are URLs, as 'http://example.org/0.jpg'"),
        (f"{HTTP}\ta dog", {"columns": ["caption", "url"]}, "captions are URLs"),
        (f"{HTTP}\ta dog", {"layout": "cc3m"}, "by `layout`"),
        ("a\tb\tc", {}, "rows have 3 fields ('a', 'b', 'c' ...) and no header names them: set `columns`"),
        ("a;b", {"header": True, "delimiter": ","}, "the columns are 'a;b': set `caption` (or `delimiter`, if"),
    ],
)
def test_columns_that_cannot_be_known_are_refused(
    tmp_path: Path, ingest: Ingest, line: str, options: dict[str, Any], said: str
) -> None:
    (tmp_path / "a.tsv").write_text("".join(line.format(n) + "\n" for n in range(3)), encoding="utf-8")
    (row,) = ingest("delimited", tmp_path, "a.tsv", **options)
    assert row["status"] == "bad_shard" and said in row["detail"]


def test_a_first_row_that_cannot_be_read_is_not_lost_as_a_header(tmp_path: Path, ingest: Ingest) -> None:
    (tmp_path / "a.csv").write_text(f'{HTTP},"a dog\n{HTTP},a cat\n', encoding="utf-8")
    rows = ingest("delimited", tmp_path, "a.csv", columns=["url", "caption"])
    assert [row["caption"] for row in rows] == [None, "a cat"]
    (row,) = ingest("delimited", tmp_path, "a.csv")
    assert row["status"] == "bad_shard" and "the header cannot be read: line 1: a quoted field" in row["detail"]


def test_one_caption_that_is_a_url_is_one(tmp_path: Path, ingest: Ingest) -> None:
    (tmp_path / "a.tsv").write_text("http://x\thttp://x/1.jpg\n", encoding="utf-8")
    assert [row["caption"] for row in ingest("delimited", tmp_path, "a.tsv")] == ["http://x"]


def test_options_that_contradict_each_other() -> None:
    for options in ({"layout": "cc12m", "columns": ("a",)}, {"layout": "cc4m"}, {"delimiter": "||", "quoted": True}):
        with pytest.raises(ValueError, match="needed"):
            Delimited(**options)  # type: ignore[arg-type]
