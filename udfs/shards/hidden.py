"""The rule that decides which names are hidden, for listings, folders of images and tars.

Dotfiles, and so macOS's `._a.jpg`, are never data. A leading underscore distinguishes Spark's files (`_SUCCESS`,
`_delta_log`) from shards. But cameras write `_MG_0001.jpg`, and keys may be hashes (`__aB3x`). So among images and
members only `__x__` is hidden, as in webdataset.
"""

from __future__ import annotations

import re

_META = re.compile(r"__.+__")


def is_hidden_shard(path: str) -> bool:
    """Whether the name of a file or folder below a corpus's root, or of a folder that holds it, marks it as no data."""
    return any(part.startswith((".", "_")) for part in path.split("/"))


def is_hidden_image(path: str) -> bool:
    """The same for an image file below the root of a corpus whose shards are folders."""
    folder, _, name = path.rpartition("/")
    return is_hidden_shard(folder) or is_hidden_member(name)


def is_hidden_member(name: str) -> bool:
    """Whether the name of a tar's member, or of a file in a folder of images, marks it as no data."""
    *folders, base = name.split("/")
    if base.startswith("."):
        return True
    return "__" in name and any(_META.fullmatch(part) for part in (*folders, base.partition(".")[0]))
