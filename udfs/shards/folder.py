"""Folders of image files: a sub-folder is a shard; its name, the class, is the caption of its images."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pyarrow import fs

from udfs import statuses
from udfs.shards.captions import clean_caption
from udfs.shards.records import IMAGE_EXTENSIONS, Location, Sample
from udfs.shards.uris import filesystem_and_path, spelled


@dataclass(frozen=True)
class Folder:
    """The image files directly in one folder. The shard "." is the root, whose images have no class."""

    extensions: ClassVar[tuple[str, ...]] = tuple(f".{extension}" for extension in IMAGE_EXTENSIONS)
    shards_are_folders: ClassVar[bool] = True

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """One sample an image, ordered by file name; other files do not belong to it. Raises OSError."""
        filesystem, path = filesystem_and_path(uri)
        caption, repaired = clean_caption(None if shard == "." else posixpath.basename(shard))
        # The listing has said which names cannot be read.
        found = [info for info in filesystem.get_file_info(fs.FileSelector(path)) if spelled(info)[1]]
        for info in sorted(found, key=lambda info: info.base_name):
            if info.type == fs.FileType.File and info.base_name.lower().endswith(self.extensions):
                yield Sample(
                    info.base_name,
                    statuses.OK,
                    caption=caption,
                    caption_repaired=repaired,
                    image=Location("file", 0, info.size),
                )
