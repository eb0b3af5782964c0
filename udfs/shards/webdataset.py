"""Webdatasets: tars in which adjacent members of one key (000000017.jpg, .txt, .json) form a sample."""

from __future__ import annotations

import json
import posixpath
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from udfs import statuses
from udfs.shards.archives import AHEAD_LOCAL, AHEAD_REMOTE, BROKEN, Archive
from udfs.shards.captions import clean_caption
from udfs.shards.records import IMAGE_EXTENSIONS, WHOLE_SHARD, Location, Names, Sample, storable
from udfs.shards.uris import is_local, open_shard

# Captions and metadata are a few hundred bytes; what is longer than this is not held in memory.
LONGEST_TEXT = 16 << 20

_KINDS = {extension: "image" for extension in IMAGE_EXTENSIONS} | {"json": "json"}


@dataclass
class _Group:
    """The members of one key so far; `parts` holds text and json bodies."""

    key: str
    extensions: set[str] = field(default_factory=set)
    image: Location | None = None
    parts: dict[str, bytes] = field(default_factory=dict)

    @property
    def kinds(self) -> set[str]:
        return set(self.parts) | ({"image"} if self.image else set())


@dataclass(frozen=True)
class WebDataset:
    """.tar, .tar.gz and .tgz, known by their content. Bodies of images are skipped, not read, in plain tars.

    `caption` is the extension of the member that holds a sample's caption; without one, that in its json counts. In a
    set for evaluation, where the caption is the class, it is usually `cls`.

    Where an archive breaks off, the samples before are kept and one row says `truncated_shard`. Whether the
    last sample is whole is not known then: it counts if the damage is not in its own member and it has all
    kinds of member (image, text, json) that the samples before have, or, being the first, image and text.
    """

    caption: str = "txt"

    extensions: ClassVar[tuple[str, ...]] = (".tar", ".tar.gz", ".tgz")
    shards_are_folders: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.caption in _KINDS or not re.fullmatch(r"[^.A-Z/]+(\.[^.A-Z/]+)*", self.caption):
            raise ValueError(
                f"caption is {self.caption!r}: expected the extension of a text member, as txt or cls, in small letters"
            )

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """The samples of one tar. Raises OSError when it cannot be read; bad data are rows."""
        ahead = AHEAD_LOCAL if is_local(uri) else AHEAD_REMOTE
        with open_shard(uri) as file:
            yield from _Assembly(Archive(file, ahead), _KINDS | {self.caption: "text"}).samples()


class _Assembly:
    """Makes samples of members, in one pass."""

    def __init__(self, archive: Archive, kinds: Mapping[str, str]) -> None:
        self._archive = archive
        self._kinds = kinds
        self._names = Names()
        self._group: _Group | None = None
        self._usual: set[str] = set()
        self._last_rejected = False

    def samples(self) -> Iterator[Sample]:
        try:
            for member in self._archive:
                reason = _reject(member, self._kinds)
                self._last_rejected = reason is not None
                if reason:
                    yield Sample(self._names.of_member(member.name), statuses.BAD_MEMBER, reason)
                elif not member.isdir():
                    yield from self._add(member)
            yield from self._finish()
        except BROKEN as error:
            yield from self._break_off(error)

    def _add(self, member: tarfile.TarInfo) -> Iterator[Sample]:
        key, extension = _key_and_extension(member.name)
        group = self._group
        if group is None or group.key != key or extension in group.extensions:
            yield from self._finish()
            group = self._group = _Group(key)
        group.extensions.add(extension)
        kind = self._kinds.get(extension)
        if kind == "image":
            group.image = group.image or Location(self._archive.layout, member.offset_data, member.size)
        elif kind:
            group.parts[kind] = self._archive.body(member)

    def _finish(self) -> Iterator[Sample]:
        group, self._group = self._group, None
        if group is not None:
            self._usual |= group.kinds
            yield _sample(group, self._names)

    def _break_off(self, error: BaseException) -> Iterator[Sample]:
        group = self._group
        if not self._archive.started:
            yield Sample(WHOLE_SHARD, statuses.BAD_SHARD, f"not a tar archive: {error}")
            return
        detail = str(error)
        if group is not None:
            if self._is_whole(group):
                yield from self._finish()
            else:
                detail += f"; sample {group.key} may be incomplete and is left out"
        yield Sample(WHOLE_SHARD, statuses.TRUNCATED_SHARD, detail)

    def _is_whole(self, group: _Group) -> bool:
        if self._archive.ended:
            return True
        cut = self._archive.within_member and not self._last_rejected
        return not cut and group.kinds >= (self._usual or {"image", "text"})


def _reject(member: tarfile.TarInfo, kinds: Mapping[str, str]) -> str | None:
    """Why a member can be no part of a sample, if so. Names are keys: where they point to does not matter."""
    if member.isdir():
        return None
    if not member.isreg() or member.issparse():
        return f"not a regular file (tar type {member.type.decode('latin-1')!r})"
    base = posixpath.basename(member.name)
    if base.startswith((".", "__")):
        return "a hidden name"
    if "." not in base:
        return "a name without extension"
    if member.size > LONGEST_TEXT and kinds.get(_key_and_extension(member.name)[1]) in ("text", "json"):
        return f"{member.size} bytes of text, {LONGEST_TEXT} allowed"
    return None


def _key_and_extension(name: str) -> tuple[str, str]:
    """A member's name, cut at the first dot of its base name; folders stay in the key."""
    folder, slash, base = name.rpartition("/")
    key, _, extension = base.partition(".")
    return folder + slash + key, extension.lower()


def _sample(group: _Group, names: Names) -> Sample:
    name, first = names.of_key(group.key)
    meta, broken = _metadata(group.parts.get("json"))
    raw = group.parts.get("text", meta.get("caption"))
    caption, repaired = clean_caption(raw if isinstance(raw, bytes | str) else None)
    url = meta.get("url")
    status, detail = statuses.OK, broken
    if not first:
        status, detail = statuses.DUPLICATE_KEY, f"key {group.key} was met before"
    elif caption is None and group.image is None:
        status = statuses.BAD_MEMBER
        detail = broken or f"neither caption nor image, only {', '.join(sorted(group.extensions))}"
    return Sample(
        name,
        status,
        detail,
        caption,
        repaired,
        clean_caption(url)[0] if isinstance(url, str) else None,
        storable(meta.get("width")),
        storable(meta.get("height")),
        group.image,
    )


def _metadata(raw: bytes | None) -> tuple[dict[str, Any], str | None]:
    """The object in a .json member, empty when it holds none, and what is wrong with it."""
    if raw is None:
        return {}, None
    try:
        meta = json.loads(raw.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        return {}, f"broken json: {error}"
    return (meta, None) if isinstance(meta, dict) else ({}, "broken json: not an object")
