from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from udfs.shards import parquet
from udfs.shards.parquet import Parquet

Ingest = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("coco_val2017", 16_967),
        ("multi30k_en", 118_920),
        ("multi30k_de", 118_920),
        ("web_alt_text", 7_000),
    ],
)
def test_captions_in_laion_columns(shared: Path, ingest: Ingest, name: str, count: int) -> None:
    file = f"{name}_laion_columns.parquet"
    rows = ingest("parquet", shared / "corpora" / "captions", file)
    truth = pq.read_table(shared / "corpora" / "captions" / file)
    assert len(rows) == count
    assert [row["caption"] for row in rows] == [text and text.replace("\0", "") for text in truth["TEXT"].to_pylist()]
    assert [row["url"] for row in rows] == truth["URL"].to_pylist()
    assert [row["width"] for row in rows] == truth["WIDTH"].to_pylist()
    assert [row["sample"] for row in rows[:3]] == ["0", "1", "2"]
    foreign = [row["foreign_letters"] for row in rows if row["foreign_letters"]]
    assert (len(foreign) > 1000) == (name == "multi30k_de")


def test_metadata_of_img2dataset(shared: Path, ingest: Ingest) -> None:
    rows = ingest("parquet", shared / "corpora" / "wds" / "flickr_like", "00000.parquet")
    assert len(rows) == 500 and {row["status"] for row in rows} == {"ok"}
    assert len(rows[0]["sample"]) == 8 and rows[0]["image"] is None


def test_hugging_face_layout(shared: Path, ingest: Ingest) -> None:
    root, name = shared / "corpora" / "hf_parquet" / "data", "train-00000-of-00002.parquet"
    truth = pq.read_table(root / name)["caption"].to_pylist()
    rows = ingest("parquet", root, name)
    assert [row["caption"] for row in rows] == [captions[0] for captions in truth]
    joined = ingest("parquet", root, name, captions="join")
    assert [row["caption"] for row in joined] == ["\n".join(captions) for captions in truth]
    assert {row["image"]["layout"] for row in rows} == {"parquet"}


def test_images_are_read_only_where_nothing_else_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = parquet.image_bytes

    def image_bytes(batch: pa.RecordBatch, leaf: str) -> pa.Array:
        read.append(leaf)
        return real(batch, leaf)

    monkeypatch.setattr(parquet, "image_bytes", image_bytes)
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    groups: list[list[Any]] = [
        [{"bytes": b"x", "path": "p"}] * 3,
        [None] * 3,
        [None, {"bytes": None, "path": "p"}, {"bytes": b""}],
    ]
    table = pa.table({"image": pa.array([value for group in groups for value in group], kind), "text": ["a"] * 9})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    samples = list(Parquet().read(str(tmp_path / "a.parquet"), "a.parquet"))
    assert [sample.image is not None for sample in samples] == [True] * 3 + [False] * 3 + [False, False, True]
    assert len(read) == 1
    pq.write_table(table, tmp_path / "b.parquet", row_group_size=3, write_statistics=False)
    assert list(Parquet().read(str(tmp_path / "b.parquet"), "b.parquet")) == samples


def test_keys_captions_and_types(tmp_path: Path, ingest: Ingest) -> None:
    bad = pa.Array.from_buffers(pa.string(), 4, pa.array([b"a", b"\xff", b"c", b"d"], pa.binary()).buffers())
    table = pa.table(
        {
            "id": ["k", "k", None, "k#2"],
            "caption": pa.array(["x", None, "", "z"]).dictionary_encode(),
            "text": bad,
            "width": [1.0, float("nan"), -1.0, 1e30],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    rows = ingest("parquet", tmp_path, "a.parquet", key="id")
    assert [row["sample"] for row in rows] == ["k", "k#2", "2", "k#2#2"]
    assert [row["status"] for row in rows] == ["ok", "duplicate_key", "ok", "ok"]
    assert [row["caption"] for row in rows] == ["x", None, "", "z"]
    assert [row["width"] for row in rows] == [1, None, None, None]
    rows = ingest("parquet", tmp_path, "a.parquet", caption="text")
    assert [row["caption"] for row in rows] == ["a", "\ufffd", "c", "d"]
    assert [row["caption_repaired"] for row in rows] == [False, True, False, False]
    assert [row["status"] for row in ingest("parquet", tmp_path, "a.parquet")] == [
        "ok",
        "no_caption",
        "ok",
        "ok",
    ]


def test_lists_with_holes(tmp_path: Path, ingest: Ingest) -> None:
    pq.write_table(pa.table({"caption": [["a", "b"], [None, "c"], [], None]}), tmp_path / "a.parquet")
    assert [row["caption"] for row in ingest("parquet", tmp_path, "a.parquet")] == ["a", "c", None, None]


def test_files_that_are_broken(tmp_path: Path, ingest: Ingest) -> None:
    path = tmp_path / "a.parquet"
    texts = [f"caption {index} {index**5}" for index in range(3000)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=1000, use_dictionary=False)
    whole = path.read_bytes()
    for damaged in (b"", b"<html>", whole[:-8], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        (row,) = ingest("parquet", tmp_path, "a.parquet")
        assert (row["sample"], row["status"]) == ("#shard", "bad_shard")
    start = pq.ParquetFile(pa.BufferReader(whole)).metadata.row_group(1).column(0).data_page_offset
    path.write_bytes(whole[:start] + b"\xff" * 200 + whole[start + 200 :])
    rows = ingest("parquet", tmp_path, "a.parquet")
    assert [row["caption"] for row in rows[:-1]] == texts[:1000]
    assert rows[-1]["status"] == "truncated_shard"
    (row,) = ingest("parquet", tmp_path, "missing.parquet")
    assert row["status"] == "fetch_error"


def test_settings_that_do_not_fit_are_named(tmp_path: Path, ingest: Ingest) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"prompt": ["a"], "other": [1]}), path)
    for options in ({"caption": "alt"}, {}, {"caption": "prompt", "image": "other"}):
        with pytest.raises(ValueError, match="other"):
            list(Parquet(**options).read(str(path), path.name))
    (row,) = ingest("parquet", tmp_path, path.name, caption="alt")
    assert row["status"] == "bad_shard" and "alt" in row["detail"] and "prompt" in row["detail"]
    with pytest.raises(ValueError, match="first"):
        Parquet(captions="all")


def test_one_large_row_group_streams(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = 300_000
    texts = pa.array([f"caption {index} of {index * 7919 % 1_000_003}" * 4 for index in range(rows)])
    pq.write_table(pa.table({"TEXT": texts}), path, row_group_size=rows, use_dictionary=False, compression="NONE")
    del texts
    before = pa.total_allocated_bytes()
    peak = count = 0
    for count, _ in enumerate(Parquet().read(str(path), path.name), 1):
        if count % 4096 == 1:
            peak = max(peak, pa.total_allocated_bytes() - before)
    assert count == rows
    assert peak < path.stat().st_size / 3 < 20 << 20


STRUCT = pa.struct([("raw", pa.string()), ("tokens", pa.list_(pa.string()))])


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.string()),
        pa.large_list(pa.string_view()),
        pa.list_view(pa.string()),
        pa.large_list_view(pa.string()),
    ],
)
def test_lists_of_all_kinds(tmp_path: Path, ingest: Ingest, kind: pa.DataType) -> None:
    captions = pa.array([["", "b", "c"], [" "], [None, "d"], [], None], kind)
    pq.write_table(pa.table({"caption": captions}), tmp_path / "a.parquet")
    assert [row["caption"] for row in ingest("parquet", tmp_path, "a.parquet")] == ["b", " ", "d", None, None]
    joined = ingest("parquet", tmp_path, "a.parquet", captions="join")
    assert [row["caption"] for row in joined] == ["b\nc", " ", "d", None, None]


def test_lists_of_fixed_size(tmp_path: Path, ingest: Ingest) -> None:
    fixed = pa.list_(pa.string(), 2)
    pq.write_table(pa.table({"caption": pa.array([["a", "b"], [None, "c"]], fixed)}), tmp_path / "a.parquet")
    assert [row["caption"] for row in ingest("parquet", tmp_path, "a.parquet")] == ["a", "c"]
    # pyarrow 25 writes these, and cannot read them: that is said, and nothing of damage.
    pq.write_table(pa.table({"caption": pa.array([["a", "b"], None], fixed)}), tmp_path / "a.parquet")
    (row,) = ingest("parquet", tmp_path, "a.parquet")
    assert row["detail"].startswith("the next rows cannot be read: Expected all lists to be of size=2")


def test_paths_into_structs(tmp_path: Path, ingest: Ingest) -> None:
    table = pa.table(
        {
            "caption": pa.array(
                [{"en": {"short": "a"}, "no": 1}, None, {"en": None, "no": None}],
                pa.struct([("en", pa.struct([("short", pa.string())])), ("no", pa.int64())]),
            ),
            "sentences": pa.array([[{"raw": "x"}, {"raw": "y"}], [], None], pa.list_(STRUCT)),
            "sentences.raw": ["p", "q", "r"],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")

    def captions(**options: str) -> list[str | None]:
        return [row["caption"] for row in ingest("parquet", tmp_path, "a.parquet", **options)]

    assert captions(caption="caption.en.short") == ["a", None, None]
    assert captions(caption="sentences.raw") == ["p", "q", "r"]
    pq.write_table(table.drop_columns("sentences.raw"), tmp_path / "a.parquet")
    assert captions(caption="sentences.raw") == ["x", None, None]
    assert captions(caption="sentences.raw", captions="join") == ["x\ny", None, None]
    rows = ingest("parquet", tmp_path, "a.parquet", caption="sentences.raw", key="caption.no")
    assert [row["sample"] for row in rows] == ["1", "1#2", "2"]


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        (pa.list_(STRUCT), "set `caption` to caption.raw"),
        (STRUCT, "set `caption` to caption.raw or caption.tokens"),
        (pa.list_(pa.list_(pa.string())), "name another column as `caption`"),
        (pa.map_(pa.string(), pa.string()), "name another column as `caption`"),
        (pa.list_(pa.int64()), "name another column as `caption`"),
        (pa.bool_(), "name another column as `caption`"),
    ],
)
def test_types_that_are_no_captions(tmp_path: Path, ingest: Ingest, kind: pa.DataType, advice: str) -> None:
    table = pa.table({"caption": pa.array([None], kind), "alt": ["a dog"]})
    pq.write_table(table, tmp_path / "a.parquet")
    kind = pq.read_schema(tmp_path / "a.parquet").field("caption").type
    (row,) = ingest("parquet", tmp_path, "a.parquet")
    assert (row["sample"], row["status"]) == ("#shard", "bad_shard")
    assert f"column caption holds {kind}, not text or a list of texts: {advice}" in row["detail"]
    assert row["detail"].endswith("alt (string)")
    # Beside images the file is read, and each row says why it has no caption.
    pq.write_table(table.append_column("image", pa.array([b"x"])), tmp_path / "a.parquet")
    (row,) = ingest("parquet", tmp_path, "a.parquet")
    assert row["status"] == "ok" and row["detail"].startswith(f"no caption: column caption holds {kind}, not text")
    assert ingest("parquet", tmp_path, "a.parquet", caption="alt")[0]["caption"] == "a dog"


def test_names_are_unique_whatever_the_keys(tmp_path: Path, ingest: Ingest) -> None:
    keys = ["1", None, "1", None, "3", "#shard", "1#2", "\ufeff3", "\ufeff\ufeff3", "3\0", None, "", None]
    pq.write_table(pa.table({"key": keys, "caption": ["a"] * len(keys)}), tmp_path / "a.parquet")
    rows = ingest("parquet", tmp_path, "a.parquet")
    assert len({row["sample"] for row in rows}) == len(keys)
    assert [row["status"] for row in rows].count("duplicate_key") == 4  # "1", and "3" three times
