"""Files that are there whole or not at all, in a folder or a bucket."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from udfs.shards.uris import filesystem_and_path, join

# A folder below the root of what is written; what is left of killed tasks lies in it.
UNFINISHED: Final = "_unfinished"


@contextmanager
def written_whole(root: str, name: str) -> Iterator[Any]:
    """A file open for writing that gets its `name` under `root` once it is closed; after an error it is gone.

    It replaces an older one. Several tasks may write the same file at a time, if they write the same. Raises OSError.
    """
    filesystem, target = filesystem_and_path(join(root, name))
    _, unfinished = filesystem_and_path(join(root, f"{UNFINISHED}/{uuid.uuid4().hex}"))
    for path in (unfinished, target):
        filesystem.create_dir(path.rpartition("/")[0])
    try:
        with filesystem.open_output_stream(unfinished) as file:
            yield file
        filesystem.move(unfinished, target)
    except BaseException:
        with suppress(OSError):
            filesystem.delete_file(unfinished)
        raise
