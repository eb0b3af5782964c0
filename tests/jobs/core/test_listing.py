"""Shards are called as they are, however their path is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import tiny

from jobs.core.listing import list_shards, make_reader
from jobs.errors import SettingsError
from jobs.settings.corpora import Corpus
from udfs.shards.uris import join, open_shard


def corpus(path: str) -> Corpus:
    return Corpus(name="c", format="webdataset", path=path)


@pytest.mark.parametrize("folder", ["{}", "{}/", "{}//", "file://{}"])
def test_a_name_does_not_depend_on_how_the_path_is_spelled(tmp_path: Path, folder: str) -> None:
    tiny.corpus(tmp_path / "c", [["a dog"]])
    assert [shard.name for shard in list_shards(corpus(folder.format(tmp_path / "c"))).shards] == ["00000.tar"]


def test_names_that_are_not_utf8_are_left_out_and_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tiny.corpus(tmp_path / "c", [["a dog"]])
    root = os.fsencode(tmp_path / "c")
    os.mkdir(root + b"/d\xe9j\xe0")
    for name in (b"/caf\xe9.tar", b"/d\xe9j\xe0/00001.tar", b"/caf\xe9.txt"):
        with open(root + name, "wb"):
            pass
    for _ in range(2):
        assert [shard.name for shard in list_shards(corpus(str(tmp_path / "c"))).shards] == ["00000.tar"]
    assert caplog.messages == [
        "c: 2 files are left out until they are renamed: names must be UTF-8, unlike caf\\xe9.tar"
    ]


def test_images_whose_names_are_not_utf8_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "dog").mkdir()
    for name in (b"/dog/a.png", b"/dog/\xe9.png"):
        with open(os.fsencode(tmp_path) + name, "wb"):
            pass
    images = Corpus(name="i", format="folder", path=str(tmp_path))
    [shard] = list_shards(images).shards
    assert [sample.sample for sample in make_reader(images).read(str(tmp_path / shard.name), shard.name)] == ["a.png"]
    assert (
        "i: 1 files are left out until they are renamed: names must be UTF-8, unlike dog/\\xe9.png"
        in caplog.messages[-1]
    )


def test_a_single_shard_by_a_quoted_uri_is_read(tmp_path: Path) -> None:
    path = tmp_path / "with space.tar"
    tiny.write_shard(path, [("k", "a dog", None)])
    listing = list_shards(corpus(path.as_uri()))
    assert [shard.name for shard in listing.shards] == ["with space.tar"]
    with open_shard(join(listing.root, listing.shards[0].name)) as file:
        assert file.size() == path.stat().st_size


def test_a_path_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(SettingsError, match="c: path http://somewhere/x: "):
        list_shards(corpus("http://somewhere/x"))
