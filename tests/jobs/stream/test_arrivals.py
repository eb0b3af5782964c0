"""The streaming source: its offset changes with every change of a listing, and with nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobs.settings.corpora import Corpus
from jobs.stream.arrivals import ListingReader, ShardArrivals, as_option

OLD = 1_000_000_000


def corpus(folder: Path, name: str = "own", **more: str) -> Corpus:
    return Corpus.model_validate({"name": name, "format": "webdataset", "path": str(folder), **more})


def reader(*corpora: Corpus) -> ListingReader:
    """The reader as Spark makes it, from the option of the source."""
    source = ShardArrivals({"corpora": as_option(corpora)})
    made = source.streamReader(None)  # type: ignore[arg-type]
    assert isinstance(made, ListingReader)
    return made


def changed(one: ListingReader, start: dict[str, str], end: dict[str, str]) -> list[str]:
    return [row[0] for partition in one.partitions(start, end) for row in one.read(partition)]


def test_new_changed_old_renamed_and_removed_shards_are_arrivals(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    (other / "a.tar").write_bytes(b"there")
    one = reader(corpus(own), corpus(other, "other"))
    seen = one.latestOffset()
    assert changed(one, one.initialOffset(), seen) == ["own", "other"]

    def arrives() -> None:
        nonlocal seen
        now = one.latestOffset()
        assert changed(one, seen, now) == ["own"]
        assert now == one.latestOffset()
        seen = now

    (own / "a.tar").write_bytes(b"new")
    arrives()
    (own / "a.tar").write_bytes(b"written again")
    arrives()
    (own / "below").mkdir()
    (own / "below" / "old.tar").write_bytes(b"of 2001")
    os.utime(own / "below" / "old.tar", (OLD, OLD))
    arrives()
    (own / "a.tar").rename(own / "b.tar")
    arrives()
    (own / "b.tar").unlink()
    arrives()


def test_what_is_no_shard_is_no_arrival(tmp_path: Path) -> None:
    (tmp_path / "train-0.tar").write_bytes(b"")
    one = reader(corpus(tmp_path, pattern="train-*"))
    seen = one.latestOffset()
    for name in ("_1.tar", ".train-1.tar.part", "train-1.parquet", "test-1.tar"):
        (tmp_path / name).write_bytes(b"")
    assert one.latestOffset() == seen


@pytest.mark.parametrize("how", ["empty", "missing"])
def test_a_corpus_that_cannot_be_listed_is_an_offset_too(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "own"
    if how == "empty":
        folder.mkdir()
    one = reader(corpus(folder))
    nothing = one.latestOffset()
    folder.mkdir(exist_ok=True)
    (folder / "a.tar").write_bytes(b"")
    assert changed(one, nothing, one.latestOffset()) == ["own"]


def test_no_shard_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge.tar").open("wb") as file:
        file.truncate(1 << 40)
    assert reader(corpus(tmp_path)).latestOffset()["own"]
