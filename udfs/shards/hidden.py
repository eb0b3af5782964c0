"""Which names are hidden: the one rule for listings, folders of images and tars.

Dotfiles, and so macOS's `._a.jpg`, are no data anywhere. An underscore tells Spark's files (`_SUCCESS`, `_delta_log`)
from shards, but cameras write `_MG_0001.jpg` and keys may be hashes (`__aB3x`): of images and members only `__x__` is
hidden, as webdataset hides it.
"""

from __future__ import annotations

import re

_META = re.compile(r"__.+__")


def is_hidden_shard(path: str) -> bool:
    """Whether a file or folder below a corpus's root, or a folder that it lies in, is no data by its name."""
    return any(part.startswith((".", "_")) for part in path.split("/"))


def is_hidden_image(path: str) -> bool:
    """The same of an image file below the root of a corpus whose shards are folders."""
    folder, _, name = path.rpartition("/")
    return is_hidden_shard(folder) or is_hidden_member(name)


def is_hidden_member(name: str) -> bool:
    """Whether a member of a tar, or a file within a folder of images, is no data by its name."""
    *folders, base = name.split("/")
    if base.startswith("."):
        return True
    return "__" in name and any(_META.fullmatch(part) for part in (*folders, base.partition(".")[0]))
