"""Equal contents are equal files; what cannot be told is None."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from udfs.shards import contents
from udfs.shards.contents import BLOCK, WHOLE, ContentTask, content


def written(path: Path, data: bytes, seconds: int) -> str:
    path.write_bytes(data)
    os.utime(path, (seconds, seconds))
    return str(path)


@pytest.mark.parametrize("size", [0, 1, 10_240, WHOLE])
def test_a_small_file_is_its_bytes(tmp_path: Path, size: int) -> None:
    data = bytearray(os.urandom(size))
    first = content(written(tmp_path / "a.tar", data, 1))
    assert first and first.startswith("sha256:")
    assert content(written(tmp_path / "b.tar", data, 2)) == first
    if data:
        data[size // 2] ^= 1
        assert content(written(tmp_path / "c.tar", data, 1)) != first


def test_a_large_file_is_its_blocks_and_its_time(tmp_path: Path) -> None:
    data = bytearray(os.urandom(WHOLE + 10 * BLOCK + 1))
    first = content(written(tmp_path / "a.tar", data, 1))
    assert first and first.startswith("blocks:1000000000:")
    assert content(written(tmp_path / "b.tar", data, 1)) == first
    assert content(written(tmp_path / "b.tar", data, 2)) != first, "a block may differ that is not looked at"
    for place in (0, len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 1
        assert content(written(tmp_path / "c.tar", changed, 1)) != first


def test_only_an_etag_that_is_made_of_bytes_counts() -> None:
    md5 = "ee0cf961bbd8fd816359e42993f5eab5"
    assert contents._etag({"ETag": f'"{md5}"'.encode()}) == f"etag:{md5}"
    assert contents._etag({"ETag": f'"{md5}-12"'.encode()}) == f"etag:{md5}-12"
    assert contents._etag({"ETag": b"0x8D4BCC2E4835CD0"}) is None
    assert contents._etag({}) is None


def test_a_file_that_cannot_be_opened_has_none(tmp_path: Path) -> None:
    written(tmp_path / "there.tar", b"x", 1)
    shards = pa.RecordBatch.from_pydict({"shard": ["gone.tar", "there.tar"]})
    (batch,) = ContentTask(str(tmp_path))(iter([shards]))
    assert [value is None for value in batch["content"].to_pylist()] == [True, False]
