"""Turns the members of a tar into samples, in one pass, up to the point at which a damaged archive breaks off.

If an archive breaks off, the samples before are kept and one row has the status `truncated_shard`. The last sample may
then be incomplete. It counts if the damage is not in its own members and it has all kinds of members (image, text,
json) that the samples before it have; a first sample counts if it has an image and a text.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterable, Iterator

from udfs import statuses
from udfs.shards import reasons
from udfs.shards.caption_text import clean_caption
from udfs.shards.grouping import LONGEST_TEXT, Group, Groups, Member
from udfs.shards.hidden import is_hidden_member
from udfs.shards.metadata import Metadata, read_metadata
from udfs.shards.samples import WHOLE_SHARD, ImageLocation, Names, Sample
from udfs.shards.tars import BROKEN, Archive

# A sample with the group of members that it was made of; a row that stands for none of these has no group.
Assembled = tuple[Sample, Group | None]


class Assembly:
    """The samples of one open archive. `json_key` and `captions` tell `metadata` how to read captions from json."""

    def __init__(self, archive: Archive, groups: Groups, json_key: str | None, captions: str) -> None:
        self._archive = archive
        self._groups = groups
        self._json_key = json_key
        self._captions = captions
        self._names = Names()
        self._usual: set[str] = set()
        self._last_rejected = False
        self._hidden = 0
        self._first_hidden = ""

    def samples(self) -> Iterator[Assembled]:
        """Every sample in reading order, and a row for everything left out. Raises OSError; damage gives a row."""
        try:
            for member in self._archive:
                yield from self._read(member)
            yield from self._made(self._groups.close())
            yield from self._left_out()
        except BROKEN as error:
            yield from self._left_out()
            yield from self._break_off(error)

    def _read(self, member: tarfile.TarInfo) -> Iterator[Assembled]:
        """The samples that the next member completes."""
        hidden = is_hidden_member(member.name) and not member.isdir()
        reason = None if hidden else self._reject(member)
        self._last_rejected = hidden or reason is not None
        if hidden:
            self._hidden += 1
            self._first_hidden = self._first_hidden or member.name
        elif reason:
            yield Sample(self._names.of_other(member.name), statuses.BAD_MEMBER, reason), None
        elif not member.isdir():
            yield from self._made(self._groups.add(self._member(member)))

    def _left_out(self) -> Iterator[Assembled]:
        """One row for all hidden members, because macOS may put one beside each of the others."""
        if self._hidden:
            detail = "a hidden name" if self._hidden == 1 else f"{self._hidden} members have hidden names"
            yield Sample(self._names.of_other(self._first_hidden), statuses.BAD_MEMBER, detail), None

    def _reject(self, member: tarfile.TarInfo) -> str | None:
        """Why a member cannot be part of a sample, if so. Names are only keys: where they point does not matter."""
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
        place = ImageLocation(self._archive.layout, member.offset_data, member.size)
        return Member(member.name, place, member.size, lambda: self._archive.body(member))

    def _made(self, groups: Iterable[Group]) -> Iterator[Assembled]:
        for group in groups:
            self._usual |= group.kinds
            yield self._sample(group), group

    def _break_off(self, error: BaseException) -> Iterator[Assembled]:
        if not self._archive.started:
            yield Sample(WHOLE_SHARD, statuses.BAD_SHARD, f"not a tar archive: {error}"), None
            return
        detail = str(error)
        groups = self._groups.close()
        yield from self._made(groups[:-1])
        for last in groups[-1:]:
            if self._is_whole(last):
                yield from self._made([last])
            else:
                detail += f"; sample {last.key} may be incomplete and is left out"
        yield Sample(WHOLE_SHARD, statuses.TRUNCATED_SHARD, detail), None

    def _is_whole(self, group: Group) -> bool:
        if self._archive.ended:
            return True
        cut = self._archive.within_member and not self._last_rejected
        return not cut and group.kinds >= (self._usual or {"image", "text"})

    def _sample(self, group: Group) -> Sample:
        meta = Metadata()
        if "json" in group.parts:
            meta = read_metadata(group.parts["json"], self._json_key, self._captions)
        caption, repaired = clean_caption(group.parts.get("text", meta.caption))
        name, first = self._names.of_key(group.key, reasons.content(group))
        status, detail = statuses.OK, None
        if not first:
            status, detail = statuses.DUPLICATE_KEY, reasons.repeated(group, self._names.content(group.key))
        elif caption is None and group.image is None:
            status, detail = statuses.BAD_MEMBER, reasons.neither(group, meta.problem)
        elif caption is None:
            detail = reasons.no_caption(group, meta.problem)
        elif group.image is None:
            detail = reasons.no_image(group)
        elif meta.broken:
            detail = meta.problem
        return Sample(name, status, detail, caption, repaired, meta.url, meta.width, meta.height, group.image)
