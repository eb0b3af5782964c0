"""Webdatasets: tars in which adjacent members of one key (000000017.jpg, .txt, .json) form a sample."""

from __future__ import annotations

import posixpath
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from udfs import statuses
from udfs.shards import reasons
from udfs.shards.archives import AHEAD_LOCAL, AHEAD_REMOTE, BROKEN, Archive
from udfs.shards.captions import check_choice, clean_caption
from udfs.shards.extensions import IMAGE_EXTENSIONS
from udfs.shards.grouping import LONGEST_TEXT, Group, Groups, Member
from udfs.shards.hidden import is_hidden_member
from udfs.shards.metadata import Metadata, read_metadata
from udfs.shards.records import WHOLE_SHARD, Location, Names, Sample
from udfs.shards.uris import is_local, open_shard

_EXTENSION = re.compile(r"[^.A-Z/]+(\.[^.A-Z/]+)*")


@dataclass(frozen=True)
class WebDataset:
    """.tar, .tar.gz and .tgz, known by their content. Bodies of images are skipped, not read, in plain tars.

    `caption` is the extension of the member that holds a sample's caption; without one, that in its json counts, under
    `json_key` or a usual key, of a list the `first` or all, as `captions` says. In a set for evaluation, where the
    caption is the class, `caption` is usually `cls`. `image` is the extension of the image, where it is no usual one.
    `key_dot` says at which dot keys end (`grouping`).

    Where an archive breaks off, the samples before are kept and one row says `truncated_shard`. Whether the
    last sample is whole is not known then: it counts if the damage is not in its own member and it has all
    kinds of member (image, text, json) that the samples before have, or, being the first, image and text.
    """

    caption: str = "txt"
    image: str | None = None
    json_key: str | None = None
    captions: str = "first"
    key_dot: str | None = None

    extensions: ClassVar[tuple[str, ...]] = (".tar", ".tar.gz", ".tgz")
    shards_are_folders: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_choice(self.captions)
        if self.caption in (*IMAGE_EXTENSIONS, "json") or not _EXTENSION.fullmatch(self.caption):
            raise ValueError(
                f"caption is {self.caption!r}: expected the extension of a text member, as txt or cls, in small letters"
            )
        if self.image in (self.caption, "json") or not all(map(_EXTENSION.fullmatch, self.images)):
            raise ValueError(
                f"image is {self.image!r}: expected the extension of an image, as jpg or input.jpg, in small letters"
            )
        if self.key_dot not in (None, "first", "last"):
            raise ValueError(f"key_dot is {self.key_dot!r}: expected first or last, the dot at which keys end")
        if self.key_dot == "last" and any("." in extension for extension in (self.caption, *self.images)):
            raise ValueError("key_dot is last: `caption` and `image` are extensions without dots then")

    @property
    def images(self) -> tuple[str, ...]:
        """The extensions of images."""
        return IMAGE_EXTENSIONS if self.image is None else (self.image,)

    @property
    def kinds(self) -> dict[str, str]:
        """What members are, by extension: "image", "text" or "json"."""
        return dict.fromkeys(self.images, "image") | {"json": "json", self.caption: "text"}

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """The samples of one tar. Raises OSError when it cannot be read; bad data are rows."""
        ahead = AHEAD_LOCAL if is_local(uri) else AHEAD_REMOTE
        with open_shard(uri) as file:
            yield from _Assembly(Archive(file, ahead), self).samples()


class _Assembly:
    """Makes samples of members, in one pass."""

    def __init__(self, archive: Archive, options: WebDataset) -> None:
        self._archive = archive
        self._options = options
        self._groups = Groups(options.kinds, options.key_dot)
        self._names = Names()
        self._usual: set[str] = set()
        self._last_rejected = False
        self._hidden = 0
        self._first_hidden = ""

    def samples(self) -> Iterator[Sample]:
        try:
            for member in self._archive:
                yield from self._read(member)
            yield from self._made(self._groups.close())
            yield from self._left_out()
        except BROKEN as error:
            yield from self._left_out()
            yield from self._break_off(error)

    def _read(self, member: tarfile.TarInfo) -> Iterator[Sample]:
        """What is complete by the next member."""
        hidden = is_hidden_member(member.name) and not member.isdir()
        reason = None if hidden else self._reject(member)
        self._last_rejected = hidden or reason is not None
        if hidden:
            self._hidden += 1
            self._first_hidden = self._first_hidden or member.name
        elif reason:
            yield Sample(self._names.of_other(member.name), statuses.BAD_MEMBER, reason)
        elif not member.isdir():
            yield from self._made(self._groups.add(self._member(member)))

    def _left_out(self) -> Iterator[Sample]:
        """One row for all hidden members: macOS may put one beside each of the others."""
        if self._hidden:
            detail = "a hidden name" if self._hidden == 1 else f"{self._hidden} members have hidden names"
            yield Sample(self._names.of_other(self._first_hidden), statuses.BAD_MEMBER, detail)

    def _reject(self, member: tarfile.TarInfo) -> str | None:
        """Why a member can be no part of a sample, if so. Names are keys: where they point to does not matter."""
        if member.isdir():
            return None
        if not member.isreg() or member.issparse():
            return f"not a regular file (tar type {member.type.decode('latin-1')!r})"
        if "." not in posixpath.basename(member.name):
            return "a name without extension"
        if member.size > LONGEST_TEXT and self._groups.kind(member.name) in ("text", "json"):
            return f"{member.size} bytes of text, {LONGEST_TEXT} allowed"
        return None

    def _member(self, member: tarfile.TarInfo) -> Member:
        place = Location(self._archive.layout, member.offset_data, member.size)
        return Member(member.name, place, member.size, lambda: self._archive.body(member))

    def _made(self, groups: Iterator[Group] | list[Group]) -> Iterator[Sample]:
        for group in groups:
            self._usual |= group.kinds
            yield _sample(group, self._names, self._options)

    def _break_off(self, error: BaseException) -> Iterator[Sample]:
        if not self._archive.started:
            yield Sample(WHOLE_SHARD, statuses.BAD_SHARD, f"not a tar archive: {error}")
            return
        detail = str(error)
        groups = self._groups.close()
        yield from self._made(groups[:-1])
        for last in groups[-1:]:
            if self._is_whole(last):
                yield from self._made([last])
            else:
                detail += f"; sample {last.key} may be incomplete and is left out"
        yield Sample(WHOLE_SHARD, statuses.TRUNCATED_SHARD, detail)

    def _is_whole(self, group: Group) -> bool:
        if self._archive.ended:
            return True
        cut = self._archive.within_member and not self._last_rejected
        return not cut and group.kinds >= (self._usual or {"image", "text"})


def _sample(group: Group, names: Names, options: WebDataset) -> Sample:
    meta = Metadata()
    if "json" in group.parts:
        meta = read_metadata(group.parts["json"], options.json_key, options.captions)
    caption, repaired = clean_caption(group.parts.get("text", meta.caption))
    name, first = names.of_key(group.key, reasons.content(group))
    status, detail = statuses.OK, None
    if not first:
        status, detail = statuses.DUPLICATE_KEY, reasons.repeated(group, names.content(group.key))
    elif caption is None and group.image is None:
        status, detail = statuses.BAD_MEMBER, reasons.neither(group, meta.problem)
    elif caption is None:
        detail = reasons.no_caption(group, meta.problem)
    elif group.image is None:
        detail = reasons.no_image(group)
    elif meta.broken:
        detail = meta.problem
    return Sample(name, status, detail, caption, repaired, meta.url, meta.width, meta.height, group.image)
