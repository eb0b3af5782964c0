from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from udfs.shards import text_lines
from udfs.shards.delimited import Delimited

Ingest = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize(("name", "count"), [("cc3m_val.tsv", 10_355), ("coco_as_cc3m.tsv", 16_966)])
def test_conceptual_captions(shared: Path, ingest: Ingest, name: str, count: int) -> None:
    rows = ingest("delimited", shared / "corpora" / "captions", name)
    assert Counter(row["status"] for row in rows) == {"ok": count}
    lines = (shared / "corpora" / "captions" / name).read_text(encoding="utf-8").split("\n")
    assert [f"{row['caption']}\t{row['url']}" for row in rows] == lines[:count]
    assert [row["sample"] for row in rows] == [str(index) for index in range(count)]


def test_header_and_named_columns(shared: Path, ingest: Ingest) -> None:
    root = shared / "corpora" / "captions"
    rows = ingest("delimited", root, "wit_like.tsv", header=True, caption="page_title", url="image_url")
    with (root / "wit_like.tsv").open(encoding="utf-8") as file:
        truth = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [row["caption"] for row in rows] == [line["page_title"] for line in truth]
    columns = [f"column {number}" for number in range(25)]
    rows = ingest("delimited", root, "yfcc_like.tsv", columns=columns, caption="column 9")
    assert len(rows) == 80 and {row["status"] for row in rows} == {"ok"}


def test_lines_that_do_not_fit(tmp_path: Path, ingest: Ingest) -> None:
    (tmp_path / "a.tsv").write_bytes(
        b'\xef\xbb\xbfa "cat\tu1\r\ntwo\tu2\tx\n\ncaf\xe9\tu4\nnul\0\tu5\n\tu6\nno end\tu7'
    )
    rows = ingest("delimited", tmp_path, "a.tsv")
    assert [(row["sample"], row["status"], row["caption"]) for row in rows] == [
        ("0", "ok", 'a "cat'),
        ("1", "bad_member", None),
        ("2", "bad_member", None),
        ("3", "ok", "caf\ufffd"),
        ("4", "ok", "nul"),
        ("5", "ok", ""),
        ("6", "ok", "no end"),
    ]
    assert rows[1]["detail"] == "line 2 has 3 fields, 2 expected"
    assert rows[0]["url"] == "u1"


def test_comma_files_quote(tmp_path: Path, ingest: Ingest) -> None:
    text = 'caption,url,width\n"a, ""b""\nc",u,3\n12" pipe,u,x\nfew,u\n' + "y" * 200_000 + ",u,1\nlast,u,2\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    rows = ingest("delimited", tmp_path, "a.csv")
    assert [row["status"] for row in rows] == ["ok", "ok", "bad_member", "ok", "ok"]
    assert [row["caption"] for row in rows[:2]] == ['a, "b"\nc', '12" pipe']
    assert [row["width"] for row in rows] == [3, None, None, 1, 2]
    assert rows[2]["detail"] == "line 5 has 2 fields, 3 expected"


@pytest.mark.parametrize("name", ["a.tsv", "a.csv"])
def test_endless_lines_are_not_loaded(
    tmp_path: Path, ingest: Ingest, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 1000)
    separator = b"," if name.endswith("csv") else b"\t"
    lines = [b"before", b"x" * 2500, b"fits", b"x" * 5000, b"after"]
    (tmp_path / name).write_bytes(b"".join(line + separator + b"u\n" for line in lines))
    rows = ingest("delimited", tmp_path, name, columns=["caption", "url"], header=False)
    assert [row["caption"] for row in rows] == ["before", None, "fits", None, "after"]
    assert rows[3]["detail"] == "line 4 is longer than 1000 characters"


def test_a_quote_never_closed_costs_a_bounded_part(
    tmp_path: Path, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 1000)
    lines = ["caption,url", "a,u", '"never closed,u', *["line,u"] * 300]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = ingest("delimited", tmp_path, "a.csv")
    assert [row["status"] for row in rows[:2]] == ["ok", "bad_member"]
    assert rows[1]["detail"].startswith("line 3: a quoted field is never closed")
    assert [row["caption"] for row in rows[2:]] == ["line"] * 300


@pytest.mark.parametrize("name", ["a.tsv.gz", "a.tsv"])
def test_gzip_and_its_cut(tmp_path: Path, ingest: Ingest, name: str) -> None:
    text = "".join(f"caption {index**7}\turl {index**9}\n" for index in range(2000)).encode()
    whole = gzip.compress(text)
    (tmp_path / name).write_bytes(whole)
    full = [row["caption"] for row in ingest("delimited", tmp_path, name)]
    assert len(full) == 2000
    for cut in (len(whole) // 2, len(whole) - 3):
        (tmp_path / name).write_bytes(whole[:cut])
        rows = ingest("delimited", tmp_path, name)
        assert [row["caption"] for row in rows[:-1]] == full[: len(rows) - 1]
        assert rows[-1]["status"] == "truncated_shard"


def test_columns_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("alt,link\na,b\n", encoding="utf-8")
    for options in (dict[str, Any](), {"caption": "title"}, {"caption": "alt", "url": "title"}):
        with pytest.raises(ValueError, match="'alt', 'link'"):
            list(Delimited(**options).read(str(path), path.name))


def test_empty_file_has_no_rows(tmp_path: Path, ingest: Ingest) -> None:
    for name in ("a.tsv", "a.csv"):
        (tmp_path / name).write_bytes(b"")
        assert ingest("delimited", tmp_path, name) == []


def test_rejects_have_numbers_as_rows_have(tmp_path: Path, ingest: Ingest) -> None:
    lines = ["caption,url", "a dog,u", '"open,u', '"a', 'cat",u', "x,y,z", "a sofa,u"]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    rows = ingest("delimited", tmp_path, "a.csv")
    assert [(row["sample"], row["caption"]) for row in rows] == [
        ("0", "a dog"),
        ("1", None),
        ("2", "a\ncat"),
        ("3", None),
        ("4", "a sofa"),
    ]


def test_quotes_and_escapes_are_options_of_any_delimiter(tmp_path: Path, ingest: Ingest) -> None:
    (tmp_path / "a.tsv").write_text('"a ""dog"""\tu\n"a\ncat"\tu\n', encoding="utf-8")
    rows = ingest("delimited", tmp_path, "a.tsv", quoted=True)
    assert [row["caption"] for row in rows] == ['a "dog"', "a\ncat"]
    rows = ingest("delimited", tmp_path, "a.tsv")
    assert [row["caption"] for row in rows] == ['"a ""dog"""', None, 'cat"']
    assert rows[1]["detail"] == "line 2 has 1 fields, 2 expected; set `quoted: true` if quotes enclose fields"
    (tmp_path / "b.csv").write_text('url,caption\nu,"a \\"big\\" dog"\nu,a cat\n', encoding="utf-8")
    rows = ingest("delimited", tmp_path, "b.csv")
    assert [row["caption"] for row in rows] == [None, "a cat"] and "set `escape`" in rows[0]["detail"]
    rows = ingest("delimited", tmp_path, "b.csv", escape="\\")
    assert [row["caption"] for row in rows] == ['a "big" dog', "a cat"]
    (tmp_path / "c.csv").write_text('url,caption\nu,"a dog\nu,a cat" here\n', encoding="utf-8")
    rows = ingest("delimited", tmp_path, "c.csv", quoted=False)
    assert [row["caption"] for row in rows] == ['"a dog', 'a cat" here']


def test_a_cut_inside_an_open_quote_gives_back_the_lines_after_it(tmp_path: Path, ingest: Ingest) -> None:
    text = 'caption,url\na dog,u\n"open,u\n' + "".join(f"caption {n**7},u\n" for n in range(2000))
    whole = gzip.compress(text.encode())
    (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    rows = ingest("delimited", tmp_path, "a.csv.gz")
    assert [row["status"] for row in rows[:3]] == ["ok", "bad_member", "ok"]
    assert [row["caption"] for row in rows[2:-1]] == [f"caption {n**7}" for n in range(len(rows) - 3)]
    assert rows[-1]["status"] == "truncated_shard" and f"after line {len(rows)}:" in rows[-1]["detail"]
