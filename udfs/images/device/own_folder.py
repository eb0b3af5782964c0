"""This user's own folders in the machine's temporary directory, which the workers of one machine share."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def own_folder(purpose: str) -> Path:
    """The folder for a purpose, created if it is absent; raises PermissionError if others could write to it."""
    folder = Path(tempfile.gettempdir()) / f"conceptfreq-{purpose}-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.stat(follow_symlinks=False)
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o022:
        raise PermissionError(f"{folder} can be written by others: remove it, because its contents cannot be trusted")
    return folder
