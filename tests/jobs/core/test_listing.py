"""Shards are called as they are, however their path is written."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny

from jobs.core.errors import SettingsError
from jobs.core.listing import list_shards
from jobs.core.settings import Corpus
from udfs.shards.uris import join, open_shard


def corpus(path: str) -> Corpus:
    return Corpus(name="c", format="webdataset", path=path)


@pytest.mark.parametrize("folder", ["{}", "{}/", "{}//", "file://{}"])
def test_a_name_does_not_depend_on_how_the_path_is_spelled(tmp_path: Path, folder: str) -> None:
    tiny.corpus(tmp_path / "c", [["a dog"]])
    assert [shard.name for shard in list_shards(corpus(folder.format(tmp_path / "c"))).shards] == ["00000.tar"]


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
