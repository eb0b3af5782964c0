"""Encodings and line ends are those that a file shows, and lines come again when they are given back."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from udfs.shards.text_lines import Lines, encoding_of, line_end

Ingest = Callable[..., list[dict[str, Any]]]


def test_utf16_by_its_mark_and_by_its_nuls(tmp_path: Path, ingest: Ingest) -> None:
    text = 'caption,url\r\n"a ""café""\nhere",u\r\n\U0001f436 dog,u\r\n'
    for encoding in ("utf-16-le", "utf-16-be"):
        (tmp_path / "a.csv").write_bytes(("\ufeff" + text).encode(encoding))
        rows = ingest("delimited", tmp_path, "a.csv")
        assert [row["caption"] for row in rows] == ['a "café"\nhere', "\U0001f436 dog"]
        assert not any(row["caption_repaired"] for row in rows)
        (tmp_path / "a.csv").write_bytes(text.encode(encoding))
        (row,) = ingest("delimited", tmp_path, "a.csv")
        assert row["status"] == "bad_shard" and "UTF-16 without a byte-order mark" in row["detail"]


def test_utf16_that_is_damaged(tmp_path: Path, ingest: Ingest) -> None:
    half = "\ufeffa \ud83d dog\tu\na cat\tu\n".encode("utf-16-le", "surrogatepass")
    (tmp_path / "a.tsv").write_bytes(half + b"x")
    rows = ingest("delimited", tmp_path, "a.tsv")
    assert [(row["caption"], row["caption_repaired"]) for row in rows[:2]] == [("a \ufffd dog", True), ("a cat", False)]
    assert [row["status"] for row in rows] == ["ok", "ok", "truncated_shard"]


def test_lines_that_end_with_cr(tmp_path: Path, ingest: Ingest) -> None:
    (tmp_path / "a.csv").write_bytes(b'caption,url\r"a\ndog",u\r"a\r""cat""",u\ra sofa,u')
    assert [row["caption"] for row in ingest("delimited", tmp_path, "a.csv")] == ["a\ndog", 'a\r"cat"', "a sofa"]
    # Where one line ends with LF, a CR is text.
    (tmp_path / "a.tsv").write_bytes(b"a\rdog\tu\r\na cat\tu\n")
    assert [row["caption"] for row in ingest("delimited", tmp_path, "a.tsv")] == ["a\rdog", "a cat"]


def test_utf8_with_nuls_is_not_taken_for_utf16() -> None:
    assert (
        encoding_of(b"nul\0\tu5\nand \0\0\0 more\tu6\n") == encoding_of(b"") == encoding_of(bytes(100)) == "utf-8-sig"
    )


def test_quotes_hide_line_breaks_only_where_they_are_quotes() -> None:
    text = 'the "first\rpart\n"second\r'
    assert (line_end(text, quoted=True), line_end(text, quoted=False)) == ("\r", "\n")


def test_lines_come_again() -> None:
    lines = Lines(io.BytesIO(b"a\r\nb\nc"), "utf-8-sig", "\n")
    assert [next(lines), next(lines), next(lines), lines.number] == ["a\r\n", "b\n", "c", 3]
    lines.give_back(["b\n", "c"])
    assert lines.number == 1 and list(lines) == ["b\n", "c"] and lines.number == 3
