"""Reads folders of image files: a sub-folder is a shard, and its name, the class, is the caption of its images."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pyarrow import fs

from udfs import statuses
from udfs.shards.caption_text import clean_caption
from udfs.shards.extensions import IMAGE_EXTENSIONS
from udfs.shards.fields import enumerated
from udfs.shards.hidden import is_hidden_member
from udfs.shards.patience import patiently
from udfs.shards.samples import WHOLE_SHARD, ImageLocation, Sample
from udfs.shards.uris import filesystem_and_path, spelled


@dataclass(frozen=True)
class Folder:
    """The image files directly in one folder. The shard "." is the root, whose images have no class."""

    extensions: ClassVar[tuple[str, ...]] = tuple(f".{extension}" for extension in IMAGE_EXTENSIONS)
    shards_are_folders: ClassVar[bool] = True

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """One sample per image, by file name; hidden files are ignored. Raises OSError.

        Other files are no samples: the last row reports how many there are.
        """
        filesystem, path = filesystem_and_path(uri)
        caption, repaired = clean_caption(None if shard == "." else posixpath.basename(shard))
        detail = "no caption: the image lies in no folder that names its class" if caption is None else None
        others: Counter[str] = Counter()
        # The driver's listing has already reported the names that cannot be read.
        found = [
            info for info in patiently(lambda: filesystem.get_file_info(fs.FileSelector(path))) if spelled(info)[1]
        ]
        for info in sorted(found, key=lambda info: info.base_name):
            name = info.base_name
            if info.type != fs.FileType.File or is_hidden_member(name):
                continue
            if name.lower().endswith(self.extensions):
                yield Sample(name, statuses.OK, detail, caption, repaired, image=ImageLocation("file", 0, info.size))
            else:
                others[posixpath.splitext(name)[1].lower() or "no extension"] += 1
        if others:
            yield Sample(WHOLE_SHARD, statuses.BAD_MEMBER, _left_out(others))


def _left_out(others: Counter[str]) -> str:
    """The report on files that are no images: their extensions, the commonest first."""
    kinds = [f"{count} {extension}" for extension, count in others.most_common()]
    return f"files that are no images are left out: {enumerated(kinds)}"
