"""The files of the published results in a clone of the authors' repository, or a part of one, and those it lacks."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from jobs.errors import SettingsError
from jobs.published.layout import Expected, Kind, ReleaseLayout

SET = "set"


@dataclass(frozen=True)
class File:
    """A file of results: its folder's kind, its name with that folder (independent of the clone's place), its path."""

    kind: Kind
    name: str
    path: Path


@dataclass(frozen=True)
class Clone:
    """The files that were found: files of results in the order of their names, and list files by list name."""

    files: tuple[File, ...]
    lists: dict[str, Path]


@dataclass(frozen=True)
class Absent:
    """Absent files whose names differ only in the set: the name with `{set}` in it, and the sets.

    Without sets it is the single file of that name.
    """

    file: str
    sets: tuple[str, ...] = ()

    @property
    def files(self) -> list[str]:
        """The name of every absent file."""
        return [self.file.replace("{set}", name) for name in self.sets] or [self.file]

    def __str__(self) -> str:
        return self.file + (f" for {', '.join(self.sets)}" if self.sets else "")


def find(path: Path, layout: ReleaseLayout) -> Clone:
    """Look for the layout's folders and list files in `path` and everywhere below it.

    Raises SettingsError if there are none, or if one occurs twice with different content.
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
    """The entries of a folder, without hidden files; none if there is no folder."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith(".")) if folder else []


def _only(found: list[Path]) -> Path | None:
    """The first of several places with the same content; None if there are no places."""
    if len({_content(path) for path in found}) > 1:
        places = ", ".join(str(path) for path in found)
        raise SettingsError(f"{found[0].name} occurs more than once, with different content: {places}; name one part")
    return found[0] if found else None


def _content(path: Path) -> tuple[tuple[str, str], ...]:
    files = [path] if path.is_file() else [entry for entry in _entries(path) if entry.is_file()]
    return tuple((file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files)


def absent(clone: Clone, layout: ReleaseLayout) -> list[Absent]:
    """The expected files that the clone lacks. A file that exists but cannot be used is not absent."""
    there = {file.name for file in clone.files}
    found = []
    for expected in layout.expected:
        for file in _expected_names(expected):
            missing = tuple(one for one in expected.values.get(SET, []) if file.replace("{set}", one) not in there)
            if missing or (SET not in expected.values and file not in there):
                found.append(Absent(file, missing))
    found += [Absent(file) for name, file in layout.lists.items() if name not in clone.lists]
    return found


def _expected_names(expected: Expected) -> Iterator[str]:
    """The names of expected files with every placeholder filled in except the set's."""
    keys = [key for key in expected.values if key != SET]
    for values in product(*(expected.values[key] for key in keys)):
        name = expected.file
        for key, value in zip(keys, values, strict=True):
            name = name.replace(f"{{{key}}}", value)
        yield name
