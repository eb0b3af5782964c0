"""Shards written again with concepts: every member as it was but the .json, the same bytes each time, or no file."""

from __future__ import annotations

import json
import math
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.counting.concepts_held import CONCEPTS_HELD
from udfs.shards.annotated_tars import WRITTEN, AnnotatedTarTask, Concepts, annotated_json, write_annotated
from udfs.shards.webdataset import WebDataset
from udfs.shards.whole_files import UNFINISHED

BOTH = Concepts(["dog", "new_york"], [0.75, 0.5])


def members(path: Path) -> list[tuple[str, Any]]:
    """Every member in order; a .json as its value."""
    with tarfile.open(path) as tar:
        found = [(member.name, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    return [(name, json.loads(data) if name.lower().endswith(".json") else data) for name, data in found]


def rewritten(shard: Path, found: dict[int, Concepts], scored: bool = True, **options: Any) -> list[tuple[str, Any]]:
    target = shard.parent / "out"
    write_annotated(WebDataset(**options), str(shard.parent), str(target), shard.name, found, scored)
    assert {path.name for path in target.iterdir()} == {shard.name, UNFINISHED}
    assert not list((target / UNFINISHED).iterdir())
    return members(target / shard.name)


@pytest.mark.parametrize(("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("b/a.tgz", "w:gz")])
def test_all_members_stay_but_the_json(tar: Callable[..., Path], tmp_path: Path, name: str, mode: str) -> None:
    (tmp_path / "b").mkdir()
    old = {"url": "u", "classes": ["cat"], "scores": [1.0], "bounding_boxes": [[0, 0, 1, 1]], "tags": "cat"}
    given = [
        ("0.jpg", b"\xff\xd8" * 700_000),
        ("0.json", json.dumps(old).encode()),
        ("0.txt", b"a dog"),
        ("0.seg.png", b"mask"),
        ("1.jpg", b"second"),
        ("1.txt", b"nothing"),
    ]
    shard = tar(given, name, mode)
    target = tmp_path / "out"
    for _ in range(2):
        numbers = write_annotated(WebDataset(), str(tmp_path), str(target), name, {0: BOTH}, True)
        assert numbers == {"samples": 2, "with_concepts": 1, "left_out": 0}
        assert members(target / name) == [
            given[0],
            ("0.json", {"caption": "a dog", "url": "u", "tags": "cat", "classes": BOTH[0], "scores": BOTH[1]}),
            *given[2:],
            ("1.json", {"caption": "nothing", "classes": [], "scores": []}),
        ]
        first = (target / name).read_bytes()
    assert (target / name).read_bytes() == first and shard.exists()


def test_text_search_has_no_scores(tar: Callable[..., Path]) -> None:
    shard = tar([("0.txt", b"a"), ("0.JSON", b'{"scores": [1], "caption": "b"}')])
    found = rewritten(shard, {0: Concepts(["dog"], None)}, scored=False)
    assert found[1] == ("0.JSON", {"caption": "b", "classes": ["dog"]})


def test_rejects_are_left_out(tar: Callable[..., Path], tmp_path: Path) -> None:
    link = tarfile.TarInfo("5.txt")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    shard = tar([("0.txt", b"a"), ("1.npy", b"x"), ("0.txt", b"again"), link, (".hidden.txt", b"x"), ("2.txt", b"b")])
    assert [name for name, _ in rewritten(shard, {})] == ["0.txt", "0.json", "2.txt", "2.json"]
    # By ordinals of ingestion: 0, 1 (no half), 0#2, the link, 2, and the hidden one last.
    assert rewritten(shard, {4: BOTH})[3][1]["classes"] == BOTH[0]


def test_a_cut_shard_has_what_was_whole(tar: Callable[..., Path]) -> None:
    shard = tar([("0.txt", b"a"), ("0.json", b"{}"), ("1.txt", b"b"), ("1.json", b"{}")])
    # Each member takes 1,024 bytes: the last one is cut in its body.
    shard.write_bytes(shard.read_bytes()[:3_800])
    assert [name for name, _ in rewritten(shard, {0: BOTH})] == ["0.txt", "0.json"]


def test_names_are_keys_and_never_paths(tar: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    shard = tar([("../../0.txt", b"a"), ("/etc/1.txt", b"b")], "corpus/a.tar")
    names = [name for name, _ in rewritten(shard, {})]
    assert names == ["../../0.txt", "../../0.json", "/etc/1.txt", "/etc/1.json"]
    assert {path.name for path in tmp_path.iterdir()} == {"corpus"}


def test_keys_with_dots(tar: Callable[..., Path]) -> None:
    shard = tar([("22.05.jpg", b"x"), ("22.05.txt", b"a"), ("22.06.jpg", b"y"), ("22.06.txt", b"b")])
    assert [name for name, _ in rewritten(shard, {1: BOTH})] == [
        "22.05.jpg", "22.05.txt", "22.05.json", "22.06.jpg", "22.06.txt", "22.06.json",
    ]  # fmt: skip


def test_a_shard_that_has_changed_leaves_no_file(tar: Callable[..., Path], tmp_path: Path) -> None:
    shard = tar([("0.txt", b"a")])
    with pytest.raises(ValueError, match="changed since it was ingested: no sample 7"):
        write_annotated(WebDataset(), str(tmp_path), str(tmp_path / "out"), shard.name, {7: BOTH}, True)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_the_task_takes_rows_of_a_shard_together_and_tells_what_fails(tar: Callable[..., Path], tmp_path: Path) -> None:
    tar([("0.txt", b"a"), ("1.txt", b"b"), ("2.txt", b"c")])
    task = AnnotatedTarTask(WebDataset(), str(tmp_path), str(tmp_path / "out"), ("cat", "dog"), True)
    rows = [
        {"shard": "00000.tar"},
        {"shard": "00000.tar", "ordinals": [0, 0, 2], "numbers": [1, 0, 0], "scores": [0.75, 0.5, 0.25]},
        {"shard": "00001.tar"},
    ]
    written = pa.Table.from_batches(task(iter([pa.RecordBatch.from_pylist(rows, CONCEPTS_HELD)])), WRITTEN).to_pylist()
    assert written[0] == {"shard": "00000.tar", "samples": 3, "with_concepts": 2, "left_out": 0, "problem": None}
    assert written[1]["shard"] == "00001.tar" and written[1]["problem"].startswith("FileNotFoundError: ")
    found = [value["classes"] for name, value in members(tmp_path / "out" / "00000.tar") if name.endswith("json")]
    assert found == [["dog", "cat"], [], ["cat"]]


@pytest.mark.parametrize("raw", [None, b"", b"{", b"[1]", b'"text"', b"7", b"null", b"[" * 100_000])
def test_what_is_no_object_is_replaced(raw: bytes | None) -> None:
    found = json.loads(annotated_json(raw, "a dog", BOTH))
    assert found == {"caption": "a dog", "classes": ["dog", "new_york"], "scores": [0.75, 0.5]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_other_keys_stay(values: dict[str, Any]) -> None:
    found = json.loads(annotated_json(json.dumps(values).encode(), None, BOTH))
    expected = {**values, "classes": list(BOTH.names), "scores": list(BOTH.scores or ())}
    expected.pop("bounding_boxes", None)
    assert repr(found) == repr({key: expected[key] for key in found}) and found.keys() == expected.keys()
    assert not any(math.isnan(score) for score in found["scores"])
