"""The shards of a corpus: names are relative to its root, so a corpus that moves keeps its ids."""

from __future__ import annotations

import fnmatch
import hashlib
import logging
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pyarrow import fs

from jobs.errors import NoShards, SettingsError
from jobs.settings.corpora import ShardSource
from udfs.shards.hidden import is_hidden_image, is_hidden_shard
from udfs.shards.patience import patiently
from udfs.shards.registry import READERS, reader
from udfs.shards.schemes import shown
from udfs.shards.uris import filesystem_and_path, is_local, is_plain, spelled

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ShardFile:
    """A shard as a listing shows it; `fingerprint` changes with its size or modification time."""

    name: str
    bytes: int
    fingerprint: str


@dataclass(frozen=True)
class Listing:
    """The shards under a root (a folder or URI), by name."""

    root: str
    shards: tuple[ShardFile, ...]

    @property
    def bytes(self) -> int:
        """The total size of all shards."""
        return sum(shard.bytes for shard in self.shards)


@dataclass(frozen=True)
class Listings:
    """The listings of one command, one per source: an object store names only 1,000 files per request."""

    _kept: dict[str, Listing] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """The names of the sources that were listed."""
        return set(self._kept)

    def of(self, source: ShardSource) -> Listing:
        """The shards of a source, as `list_shards` found them at the first call for this source."""
        if source.name not in self._kept:
            self._kept[source.name] = list_shards(source)
        return self._kept[source.name]


def list_shards(source: ShardSource) -> Listing:
    """List a corpus or an evaluation set. Raises SettingsError if its path cannot be listed, NoShards if it has none.

    An object store has no empty folders, so a path there that is missing has no shards yet.
    """
    try:
        filesystem, path = filesystem_and_path(source.path)
        info = patiently(lambda: filesystem.get_file_info(path))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{source.name}: path {shown(source.path)}: {error}") from None
    if info.type == fs.FileType.NotFound:
        missing = SettingsError if is_local(source.path) else NoShards
        raise missing(f"{source.name}: path {source.path} does not exist")
    if info.type == fs.FileType.File:
        name = source.path.rpartition("/")[2]
        # Shards have their plain names; only URIs are quoted.
        name = name if is_plain(source.path) else unquote(name)
        return Listing(_root(source.path, info), (_shard(name, [info]),))
    found = _group(filesystem, path, source)
    if not found:
        endings = ", ".join(READERS[source.format].extensions)
        matching = f" that match '{source.pattern}'" if source.pattern else ""
        raise NoShards(f"{source.name}: no {source.format} shards ({endings}){matching} under {source.path}")
    return Listing(_root(source.path, info), tuple(_shard(name, found[name]) for name in sorted(found)))


def root_of(source: ShardSource) -> str:
    """The root of a source's listing, without listing it. Raises OSError if its path cannot be asked for."""
    filesystem, path = filesystem_and_path(source.path)
    return _root(source.path, patiently(lambda: filesystem.get_file_info(path)))


def _root(uri: str, info: fs.FileInfo) -> str:
    """The folder at `uri`, or that of the file, as executors find it too, whose working directory may be another."""
    if info.type == fs.FileType.File:
        folder, slash, _ = uri.rpartition("/")
        root = folder or slash or "."
    else:
        root = uri.rstrip("/") or "/"
    return str(Path(root).absolute()) if is_plain(root) else root


def _group(filesystem: fs.FileSystem, path: str, source: ShardSource) -> dict[str, list[fs.FileInfo]]:
    """Files of the format by shard name: a file is its own shard, except in formats whose shards are folders."""
    kind = READERS[source.format]
    is_hidden = is_hidden_image if kind.shards_are_folders else is_hidden_shard
    groups: dict[str, list[fs.FileInfo]] = {}
    unreadable: list[str] = []
    for info in patiently(lambda: filesystem.get_file_info(fs.FileSelector(path, recursive=True))):
        full, is_utf8 = spelled(info)
        relative = full[len(path.rstrip("/")) :].lstrip("/")
        if info.type != fs.FileType.File or is_hidden(relative) or not relative.lower().endswith(kind.extensions):
            continue
        if not is_utf8:
            unreadable.append(relative)
            continue
        name = (relative.rpartition("/")[0] or ".") if kind.shards_are_folders else relative
        if source.pattern is None or fnmatch.fnmatch(name, source.pattern):
            groups.setdefault(name, []).append(info)
    if unreadable:
        _warn_of_names(source.name, len(unreadable), min(unreadable))
    return groups


@lru_cache
def _warn_of_names(source: str, files: int, first: str) -> None:
    """Log the warning once per process, because a command may list a corpus more than once."""
    log.warning(
        "%s: %d files are left out until they are renamed: names must be UTF-8, unlike %s", source, files, first
    )


def _shard(name: str, files: list[fs.FileInfo]) -> ShardFile:
    stamps = "\n".join(sorted(f"{info.base_name} {info.size} {info.mtime_ns}" for info in files))
    return ShardFile(name, sum(info.size for info in files), hashlib.sha256(stamps.encode()).hexdigest()[:24])


def make_reader(source: ShardSource) -> Any:
    """The reader of a source's format, with the options from its settings."""
    return reader(source.format, source.options)
