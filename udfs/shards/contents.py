"""What a shard holds, whatever its name: told without reading all of it, and nothing where that cannot be.

Two shards of one size with equal content hold the same. An object in S3 is known by its ETag, which the store makes of
the bytes. A local file of up to `WHOLE` bytes is read. Of a larger one `BLOCKS` blocks are, spread evenly, and its time
of modification goes with them: a block that was repaired in its place may lie between those that are read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from udfs.schemas import CONTENTS
from udfs.shards.uris import filesystem_and_path, is_local, join

BLOCK: Final = 64 << 10
BLOCKS: Final = 64
# 4 MiB: some 10 ms.
WHOLE: Final = BLOCK * BLOCKS
# As S3 makes it of bytes: an MD5, or one of the parts' with their number.
ETAG: Final = re.compile(r"[0-9a-f]{32}(-\d+)?")


@dataclass(frozen=True)
class ContentTask:
    """For `mapInArrow`: a column `shard`, names of files below `root`, becomes rows of `CONTENTS`.

    A file that cannot be opened has no content: whoever reads it says why.
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
    """What the file at `uri` holds, as `sha256:...`, `blocks:...` or `etag:...`; None where only reading it all tells.

    Raises OSError where it cannot be read.
    """
    filesystem, path = filesystem_and_path(uri)
    if not is_local(uri) and filesystem.type_name != "s3":
        return None
    with filesystem.open_input_file(path) as file:
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
