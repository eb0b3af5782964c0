"""Which members of a tar form a sample, and what is said of those that form none."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from udfs.shards import grouping
from udfs.shards.grouping import Groups, Member
from udfs.shards.samples import ImageLocation
from udfs.shards.webdataset import WebDataset

Rows = list[dict[str, Any]]
Ingest = Callable[..., Rows]
Tar = Callable[..., Path]

KINDS = WebDataset().kinds


def tar_rows(tar: Tar, ingest: Ingest, *names: str, **options: Any) -> Rows:
    """Rows of a tar whose members hold their own names."""
    path = tar([(name, f'{{"caption": "{name}"}}'.encode()) for name in names])
    return ingest("webdataset", path.parent, path.name, **options)


def halves(rows: Rows) -> list[tuple[str, str, bool, bool]]:
    """(name, status, has a caption, has an image) of each row."""
    return [
        (row["sample"], row["status"], row["caption"] is not None, row["image"] is not None) for row in rows
    ]  # fmt: skip


def test_keys_with_dots(tar: Tar, ingest: Ingest) -> None:
    names = ("v1.0_a.jpg", "v1.0_a.txt", "v1.0_b.jpg", "v1.0_c.json", "v1.0_c.png", "w.2.1.jpg", "w.2.1.txt")
    assert halves(tar_rows(tar, ingest, *names)) == [
        ("v1.0_a", "ok", True, True),
        ("v1.0_b", "ok", False, True),
        ("v1.0_c", "ok", True, True),
        ("w.2.1", "ok", True, True),
    ]


def test_further_members_of_a_key_are_no_samples(tar: Tar, ingest: Ingest) -> None:
    names = ("0.seg.png", "0.seg.json", "0.jpg", "0.txt", "1.jpg", "1.txt", "1.crop.jpg", "1.crop.txt")
    assert halves(tar_rows(tar, ingest, *names)) == [("0", "ok", True, True), ("1", "ok", True, True)]


def test_inputs_and_outputs(tar: Tar, ingest: Ingest) -> None:
    names = ("0.input.jpg", "0.outputs.txt", "1.input.jpg", "1.outputs.txt")
    rows = tar_rows(tar, ingest, *names)
    assert halves(rows) == [("0", "bad_member", False, False), ("1", "bad_member", False, False)]
    assert {row["detail"] for row in rows} == {
        "neither caption nor image: the members are input.jpg, outputs.txt; "
        "set `caption` and `image` to two of these extensions, or `key_dot: last` if keys hold dots"
    }
    named = tar_rows(tar, ingest, *names, caption="outputs.txt", image="input.jpg")
    assert halves(named) == [("0", "ok", True, True), ("1", "ok", True, True)]


@pytest.mark.parametrize("key_dot", [None, "first", "last"])
def test_the_dot_at_which_keys_end(tar: Tar, ingest: Ingest, key_dot: str | None) -> None:
    names = ("a.1.jpg", "a.2.jpg", "b.1.jpg", "b.1.txt")
    rows = halves(tar_rows(tar, ingest, *names, **({"key_dot": key_dot} if key_dot else {})))
    pair, lone = ("b.1", "ok", True, True), [("a.1", "ok", False, True), ("a.2", "ok", False, True)]
    expected = {None: [("a", "bad_member", False, False), pair], "last": [*lone, pair]}
    assert rows == expected.get(key_dot, [("a", "bad_member", False, False), ("b", "bad_member", False, False)])


def test_the_image_of_a_sample_with_several(tar: Tar, ingest: Ingest) -> None:
    rows = tar_rows(tar, ingest, "0.avif", "0.jpg", "0.png", "0.txt", "1.heic", "1.jxl", "1.txt")
    places = [row["image"]["offset"] for row in rows]
    assert places == [3 * 512, 9 * 512]  # the first of the common formats; the first at all


def test_labels_files_and_foreign_json_are_named(tar: Tar, ingest: Ingest) -> None:
    path = tar(
        [("0.cls", b"3"), ("0.jpg", b"x"), ("1.jpg", b"x"), ("1.json", b'{"uid": 1, "alt": "a"}'), ("2.pdf", b"x")]
    )
    assert [row["detail"] for row in ingest("webdataset", path.parent, path.name)] == [
        "no caption: the members are cls, jpg; set `caption` to the extension that has it",
        "no caption: the members are jpg, json; its json has the keys uid, alt: set `json_key`",
        "neither caption nor image: the only member is pdf; set `caption` or `image`",
    ]
    rows = ingest("webdataset", path.parent, path.name, caption="cls", json_key="alt")
    assert [row["caption"] for row in rows] == ["3", "a", None]
    (row,) = tar_rows(tar, ingest, "0.jpg", "0.txt", caption="cls")
    assert row["detail"] == "no caption: the members are jpg, txt; set `caption` to the extension that has it"
    (row,) = tar_rows(tar, ingest, *(f"a.{number:03d}.jpg" for number in range(300)))
    assert row["detail"].startswith("neither caption nor image: there are 300 members, as 000.jpg, 001.jpg")


def test_members_of_a_key_that_are_not_adjacent(tar: Tar, ingest: Ingest) -> None:
    rows = tar_rows(tar, ingest, *(f"{key}.{kind}" for kind in ("jpg", "txt", "txt") for key in "abc"))
    assert [row["status"] for row in rows] == ["ok"] * 3 + ["duplicate_key"] * 6
    reasons = [row["detail"].partition(";")[0] for row in rows[3:]]
    assert set(reasons) == {"members of a key are not adjacent: txt here, jpg before"}
    assert len({row["sample"] for row in rows}) == 9


def members(names: Iterator[str]) -> Iterator[Member]:
    return (Member(name, ImageLocation("tar", 0, 1), 1, lambda: b"x" * 100) for name in names)


def grouped(names: Iterator[str], **options: Any) -> Iterator[tuple[str, set[str], int]]:
    groups = Groups(KINDS, options.get("key_dot"))
    for member in members(names):
        yield from ((group.key, group.kinds, group.members) for group in groups.add(member))
    yield from ((group.key, group.kinds, group.members) for group in groups.close())


def test_many_keys_that_are_one_up_to_their_first_dot_stream() -> None:
    count = 5_000
    names = (f"image.{number:06d}.{kind}" for number in range(count) for kind in ("jpg", "txt"))
    found = list(grouped(names))
    assert found == [(f"image.{number:06d}", {"image", "text"}, 2) for number in range(count)]


@pytest.mark.parametrize("order", ["image.{1}.{0}", "{1}.{0}", "x.{1}.{0}.foo"])
def test_a_tar_in_the_wrong_order_is_not_held(order: str) -> None:
    count = 10_000  # 2,000 bytes or so each, if they were held
    names = (order.format(kind, number) for kind in ("jpg", "txt") for number in range(count))
    tracemalloc.start()
    try:
        kept = sum(1 for _ in grouped(names))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert kept == (2 * count if order == "{1}.{0}" else 1)


def test_text_that_only_the_last_dot_makes_a_caption_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "LONGEST_TEXT", 1_000)
    found = list(grouped(f"image.{number}.txt" for number in range(50)))
    assert found == [("image", set(), 50)]
    pairs = (f"image.{number}.{kind}" for number in range(50) for kind in ("png", "txt"))
    assert list(grouped(pairs)) == [(f"image.{number}", {"image", "text"}, 2) for number in range(50)]


@pytest.mark.parametrize("cut", range(1, 13))
def test_a_cut_tar_of_keys_with_dots_keeps_whole_samples(tar: Tar, ingest: Ingest, cut: int) -> None:
    path = tar([(f"22.{number}.{kind}", b"x") for number in range(3) for kind in ("jpg", "txt")])
    path.write_bytes(path.read_bytes()[: cut * 512])
    rows = ingest("webdataset", path.parent, path.name)
    whole = [row for row in rows if row["status"] == "ok"]
    assert halves(whole) == [(f"22.{number}", "ok", True, True) for number in range(cut // 4)]
    assert rows[-1]["status"] == "truncated_shard"


@pytest.mark.parametrize(
    "options",
    [
        {"key_dot": "second"},
        {"captions": "all"},
        {"image": "JPG"},
        {"image": "json"},
        {"image": "txt"},
        {"key_dot": "last", "caption": "outputs.txt"},
        {"caption": "heic"},
    ],
)
def test_options_that_fit_nothing_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(reversed(options)) if len(options) == 1 else "without dots"):
        WebDataset(**options)


def test_files_that_macos_puts_beside_others_are_one_row(tar: Tar, ingest: Ingest) -> None:
    names = [f"{hidden}{key}.{kind}" for key in "abc" for kind in ("jpg", "txt") for hidden in ("._", "")]
    rows = tar_rows(tar, ingest, *(f"./{name}" for name in names), "./__aB.txt", "./__meta__/x.txt")
    assert halves(rows) == [
        ("./a", "ok", True, True),
        ("./b", "ok", True, True),
        ("./c", "ok", True, True),
        ("./__aB", "ok", True, False),
        ("./._a.jpg", "bad_member", False, False),
    ]
    assert rows[-1]["detail"] == "7 members have hidden names"
