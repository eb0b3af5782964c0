from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from pyarrow.fs import FileSystem

from udfs.shards.caption_text import clean_caption, foreign_letters
from udfs.shards.registry import READERS, reader
from udfs.shards.samples import Names, Sample
from udfs.shards.task import IngestTask
from udfs.shards.uris import filesystem_and_path, join, open_shard

Ingest = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True)
class Faulty:
    extensions: ClassVar[tuple[str, ...]] = (".x",)
    shards_are_folders: ClassVar[bool] = False

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        yield Sample("a", "ok", caption="cat")
        raise KeyError("a fault of the reader\ud800")


def named(*shards: str) -> pa.RecordBatch:
    return pa.record_batch({"shard": shards})


def test_a_faulty_reader_costs_one_shard() -> None:
    task = IngestTask(Faulty(), "root")
    rows = pa.Table.from_batches(list(task(iter([named("two"), named("one")])))).to_pylist()
    assert [(row["shard"], row["sample"], row["status"]) for row in rows] == [
        ("two", "a", "ok"),
        ("two", "#shard", "bad_shard"),
        ("one", "a", "ok"),
        ("one", "#shard", "bad_shard"),
    ]
    assert "a fault of the reader" in rows[1]["detail"]


def test_small_shards_share_batches() -> None:
    shards = [f"{number:04}" for number in range(1_000)]
    batches = list(IngestTask(Faulty(), "root")(iter([named(*shards)])))
    assert [batch.num_rows for batch in batches] == [1024, 976]
    rows = pa.Table.from_batches(batches)
    assert rows["shard"].to_pylist() == [shard for shard in shards for _ in range(2)]
    assert rows["ordinal"].to_pylist() == [0, 1] * 1_000
    # Each shard's seconds are its own.
    assert [seconds is None for seconds in rows["seconds"].to_pylist()] == [False, True] * 1_000


def test_missing_and_unreadable_shards(tmp_path: Path, ingest: Ingest) -> None:
    (tmp_path / "folder.tar").mkdir()
    for format in ("webdataset", "parquet", "delimited"):
        rows = ingest(format, tmp_path, "gone.tar", "folder.tar")
        assert [(row["sample"], row["status"]) for row in rows] == [("#shard", "fetch_error")] * 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_forbidden_shard(tmp_path: Path, ingest: Ingest) -> None:
    (tmp_path / "a.tar").touch(mode=0)
    assert ingest("webdataset", tmp_path, "a.tar")[0]["status"] == "fetch_error"


def test_tasks_travel() -> None:
    for format in READERS:
        task = IngestTask(reader(format, {}), "s3://bucket/x")
        assert pickle.loads(pickle.dumps(task)) == task
        assert hash(task.reader) is not None
        assert all(extension.startswith(".") for extension in task.reader.extensions)


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="webdataset, parquet, delimited, folder"):
        reader("tfrecord", {})
    with pytest.raises(ValueError, match="colums.*columns, header"):
        reader("delimited", {"colums": ["a"]})
    assert reader("delimited", {"columns": ["a", "b"]}).columns == ("a", "b")  # type: ignore[attr-defined]


def test_uris(tmp_path: Path) -> None:
    (tmp_path / "a b#c%20").write_bytes(b"x")
    for root in (str(tmp_path), f"{tmp_path}/", tmp_path.as_uri(), f"file:{tmp_path}"):
        with open_shard(join(root, "a b#c%20")) as file:
            assert file.read() == b"x"
    assert join("s3://bucket/x?region=eu-west-1", "a b.tar") == "s3://bucket/x/a%20b.tar?region=eu-west-1"
    assert filesystem_and_path(join("s3://bucket/x?region=eu-west-1", "a b.tar"))[1] == "bucket/x/a b.tar"


@pytest.mark.parametrize(
    "root", ["s3://bucket/x?region=eu-west-1", "s3://me:secret@bucket/x?region=a", "gs://bucket/x"]
)
def test_shards_of_a_bucket_share_its_connections(root: str) -> None:
    first, second = (filesystem_and_path(join(root, name)) for name in ("a b#1.tar", "c.tar"))
    assert first[0] is second[0]
    assert [first[1], second[1]] == ["bucket/x/a b#1.tar", "bucket/x/c.tar"]
    assert first[1] == FileSystem.from_uri(join(root, "a b#1.tar"))[1]
    assert join("root", ".") == "root"
    with pytest.raises(ValueError, match="carrier"):
        filesystem_and_path("carrier://pigeon/x")


@pytest.mark.parametrize(
    ("raw", "text", "repaired"),
    [
        (None, None, False),
        (b"", "", False),
        (b"\xef\xbb\xbfcat", "cat", False),
        ("\ufeffcat", "cat", False),
        (b"caf\xe9", "caf\ufffd", True),
        (b"a\0b", "ab", True),
        ("\ud83d\ude00", "\U0001f600", True),
        ("x\ud800", "x\ufffd", True),
        ("caf\xe9 \u732b", "caf\xe9 \u732b", False),
    ],
)
def test_clean_caption(raw: bytes | str | None, text: str | None, repaired: bool) -> None:
    assert clean_caption(raw) == (text, repaired)


def test_foreign_letters() -> None:
    assert foreign_letters("12 + 3") == foreign_letters("") == foreign_letters("1 \u20ac") == 0
    assert foreign_letters("ab \u732b\u732b") == 0.5
    assert foreign_letters("\xe9") == 1


def test_names_never_repeat() -> None:
    names = Names()
    assert names.of_other("a") == "a"
    assert names.of_key("a") == ("a#2", True)
    assert names.of_key("a") == ("a#3", False)
    assert names.of_key("#shard") == ("#shard#2", True)
    assert names.of_other("b") == "b" and names.of_other("b") == "b#2"
