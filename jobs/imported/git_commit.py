"""The commit that a folder of a git clone is at, read from the clone's own files: git need not be installed."""

from __future__ import annotations

import re
from pathlib import Path


def commit_of(folder: Path) -> str | None:
    """The commit (40 hex digits) of the clone that holds a folder; None if it is in none, or at none."""
    for place in (folder.resolve(), *folder.resolve().parents):
        git = place / ".git"
        if git.is_dir():
            try:
                return _commit(git)
            except (OSError, UnicodeDecodeError):
                return None
    return None


def _commit(git: Path) -> str | None:
    head = (git / "HEAD").read_text().strip()
    name = head.removeprefix("ref: ")
    if name == head:
        return _hex(head)
    if (git / name).is_file():
        return _hex((git / name).read_text().strip())
    packed = git / "packed-refs"
    lines = packed.read_text().splitlines() if packed.is_file() else []
    return next((_hex(line.split()[0]) for line in lines if line.endswith(f" {name}")), None)


def _hex(text: str) -> str | None:
    return text if re.fullmatch(r"[0-9a-f]{40}", text) else None
