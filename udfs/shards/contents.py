"""The content of a shard, regardless of its name: told without reading all of it, or not at all.

Two shards with equal size and equal content hold the same data. An object in S3 is known by its ETag, which the store
makes from the bytes. A local file of up to `WHOLE` bytes is read. Of a larger file `BLOCKS` blocks are read, spread
evenly. Its time of modification is added, because a block that was repaired in its place may lie between those that are
read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from udfs.schemas import CONTENTS
from udfs.shards.patience import patiently
from udfs.shards.uris import filesystem_and_path, is_local, join

BLOCK: Final = 64 << 10
BLOCKS: Final = 64
# 4 MiB: some 10 ms.
WHOLE: Final = BLOCK * BLOCKS
# S3's ETag of the bytes: an MD5, or an MD5 over those of the parts, with the number of parts.
ETAG: Final = re.compile(r"[0-9a-f]{32}(-\d+)?")


@dataclass(frozen=True)
class ContentTask:
    """For `mapInArrow`: turns a column `shard`, names of files below `root`, into rows of `CONTENTS`.

    A file that cannot be opened has no content; the task that reads the shard reports why.
    """

    root: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            found = [self._content(shard) for shard in batch["shard"].to_pylist()]
            yield pa.RecordBatch.from_arrays([batch["shard"], pa.array(found, pa.string())], schema=CONTENTS)

    def _content(self, shard: str) -> str | None:
        try:
            return content(join(self.root, shard))
        except OSError:
            return None


def content(uri: str) -> str | None:
    """The content of the file at `uri`, as `sha256:...`, `blocks:...` or `etag:...`.

    Returns None if only reading the whole file could tell. Raises OSError if it cannot be read.
    """
    filesystem, path = filesystem_and_path(uri)
    if not is_local(uri) and filesystem.type_name != "s3":
        return None
    with patiently(lambda: filesystem.open_input_file(path)) as file:
        if filesystem.type_name == "s3":
            return _etag(file.metadata())
        if file.size() <= WHOLE:
            return f"sha256:{hashlib.sha256(file.read()).hexdigest()}"
        time = filesystem.get_file_info(path).mtime_ns
        return f"blocks:{time}:{_of_blocks(file, file.size())}"


def _etag(metadata: dict[str, bytes]) -> str | None:
    tag = metadata.get("ETag", b"").decode().strip('"')
    return f"etag:{tag}" if ETAG.fullmatch(tag) else None


def _of_blocks(file: Any, size: int) -> str:
    """The digest of blocks from the first bytes to the last."""
    digest = hashlib.sha256()
    for number in range(BLOCKS):
        file.seek((size - BLOCK) * number // (BLOCKS - 1))
        digest.update(file.read(BLOCK))
    return digest.hexdigest()
