"""The files of the published results below a folder: a clone of the authors' repository, or a part of one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import SettingsError
from jobs.published.layout import Kind, ReleaseLayout


@dataclass(frozen=True)
class File:
    """A file of results: its folder's kind, its name with that folder (wherever the clone lies), and where it is."""

    kind: Kind
    name: str
    path: Path


@dataclass(frozen=True)
class Clone:
    """What was found: files of results in the order of their names, and list files by the name of their list."""

    files: tuple[File, ...]
    lists: dict[str, Path]


def find(path: Path, layout: ReleaseLayout) -> Clone:
    """Look for the layout's folders and list files in `path` and everywhere below it.

    Raises SettingsError if there are none, and where one is there twice with different content.
    """
    if not path.is_dir():
        raise SettingsError(f"{path}: not a folder; a clone of the authors' repository, or a part of it, is expected")
    folders = sorted(_folders(path.resolve()), key=lambda folder: (len(folder.parts), folder))
    files = [
        File(kind, f"{end}/{entry.name}", entry)
        for kind, ends in layout.folders.items()
        for end in ends
        for entry in _entries(_only([folder for folder in folders if _ends_in(folder, end)]))
    ]
    lists = {
        name: _only([folder / file for folder in folders if (folder / file).is_file()])
        for name, file in layout.lists.items()
    }
    there = {name: file for name, file in lists.items() if file}
    if not files and not there:
        wanted = [*(end for ends in layout.folders.values() for end in ends), *layout.lists.values()]
        raise SettingsError(f"{path}: holds nothing of the published results; looked for {', '.join(wanted)}")
    return Clone(tuple(files), there)


def _folders(path: Path) -> Iterator[Path]:
    for folder, below, _ in os.walk(path):
        below[:] = [name for name in below if not name.startswith(".")]
        yield Path(folder)


def _ends_in(folder: Path, end: str) -> bool:
    parts = Path(end).parts
    return folder.parts[-len(parts) :] == parts


def _entries(folder: Path | None) -> list[Path]:
    """What is in a folder, hidden files left out; nothing if there is no folder."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith(".")) if folder else []


def _only(found: list[Path]) -> Path | None:
    """The first of several places with the same content, None of none."""
    if len({_content(path) for path in found}) > 1:
        places = ", ".join(str(path) for path in found)
        raise SettingsError(f"{found[0].name} is there more than once, with different content: {places}; name one part")
    return found[0] if found else None


def _content(path: Path) -> tuple[tuple[str, str], ...]:
    files = [path] if path.is_file() else [entry for entry in _entries(path) if entry.is_file()]
    return tuple((file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files)
