"""Groups the members of a tar by key, in one pass that holds at most one group.

A key ends at the first dot of a base name, as in webdataset. But keys may hold dots themselves (`22.05.jpg`,
`22.05.txt`). A key ends at the last dot if no member is an image or a text by its whole extension, and the last dot
makes the members pairs of an image and its caption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from udfs.shards.extensions import COMMON_IMAGES
from udfs.shards.samples import ImageLocation

# A sample has a handful of members. Once a key has this many members, or this many bytes of text, it is decided whether
# it ends at the last dot. Further members of a sample are not kept.
MOST_MEMBERS = 256
# Captions and metadata have a few hundred bytes; a longer body than this is not held in memory.
LONGEST_TEXT = 16 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A regular member of an archive. `read` gives its bytes and may only be called before the next member."""

    name: str
    place: ImageLocation
    size: int
    read: Callable[[], bytes]


@dataclass
class Group:
    """The members of one key so far. `parts` holds text and json bodies, `inner` the groups that last dots give.

    `extensions` are those of all members, `unread` those of members of no known kind, `kept` the members themselves:
    no more than MOST_MEMBERS.
    """

    key: str
    extensions: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    image: ImageLocation | None = None
    parts: dict[str, bytes] = field(default_factory=dict)
    inner: dict[str, Group] = field(default_factory=dict)
    kept: list[Member] = field(default_factory=list)
    members: int = 0
    # Whether the kind of a member depends on its last dot, and whether all such members are still held.
    dotted: bool = False
    whole: bool = True
    _common: bool = False

    @property
    def kinds(self) -> set[str]:
        """The kinds of members that the group has: "image", "text", "json"."""
        return set(self.parts) | ({"image"} if self.image else set())

    @property
    def is_pair(self) -> bool:
        """Whether the group has an image and a possible caption."""
        return self.image is not None and bool(self.parts)

    @property
    def size(self) -> int:
        """The bytes of text that the group holds."""
        return sum(map(len, self.parts.values())) + sum(group.size for group in self.inner.values())

    def take(self, kind: str | None, extension: str, member: Member) -> None:
        """Add a member, and keep what a sample needs: the place of an image, the bytes of text and json."""
        self.members += 1
        if self.members <= MOST_MEMBERS:
            self.extensions.add(extension)
            self.kept.append(member)
            if kind is None:
                self.unread.add(extension)
        if kind in ("text", "json"):
            self.parts[kind] = member.read()
        elif kind == "image" and (self.image is None or extension in COMMON_IMAGES and not self._common):
            self.image, self._common = member.place, extension in COMMON_IMAGES

    def resolved(self) -> list[Group]:
        """The group itself, or the groups that result if its keys end at the last dot."""
        pairs = not self.kinds and any(group.is_pair for group in self.inner.values())
        return list(self.inner.values()) if pairs else [self]


class Groups:
    """Collects adjacent members of one key. `kinds` maps extensions to "image", "text" and "json".

    `key_dot`: the dot at which keys end, `first` or `last`. None: the first, or the last if only that gives pairs.
    """

    def __init__(self, kinds: Mapping[str, str], key_dot: str | None) -> None:
        self._kinds = kinds
        self._key_dot = key_dot
        self._group: Group | None = None
        # The key, up to its first dot, if its members are known to have longer keys.
        self._split: str | None = None

    def add(self, member: Member) -> Iterator[Group]:
        """Take the next member and give the groups that it completes."""
        key, extension = self._key_and_extension(member.name)
        group = self._group
        if group is None or group.key != key or extension in group.extensions:
            yield from self.close()
            group = self._group = Group(key)
        kind = self._kinds.get(extension)
        group.take(kind, extension, member)
        if kind:
            group.inner.clear()
        elif self._key_dot != "first":
            yield from self._take_inner(group, extension, member)

    def kind(self, name: str) -> str | None:
        """The kind that the next member has by its name."""
        return self._kinds.get(self._key_and_extension(name)[1])

    def close(self) -> list[Group]:
        """Give the open groups, because no more members follow."""
        group, self._group = self._group, None
        return [] if group is None else group.resolved()

    def _key_and_extension(self, name: str) -> tuple[str, str]:
        key, extension = split_name(name, last=self._key_dot == "last")
        if self._split is not None:
            if key == self._split:
                return split_name(name, last=True)
            self._split = None
        return key, extension

    def _take_inner(self, group: Group, extension: str, member: Member) -> Iterator[Group]:
        """Take a member whose kind depends on the last part of its extension."""
        key, dot, last = extension.rpartition(".")
        kind = self._kinds.get(last)
        if not dot or not kind or kind != "image" and member.size > LONGEST_TEXT:
            return
        group.dotted = True
        if group.kinds or not group.whole:
            return
        name = split_name(member.name, last=True)[0]
        inner = group.inner.setdefault(name, Group(name))
        inner.take(kind, last, member)
        if len(group.inner) > MOST_MEMBERS or group.size > LONGEST_TEXT:
            yield from self._decide(group)

    def _decide(self, group: Group) -> Iterator[Group]:
        """Decide for a key with more members than are held: it ends at the last dot, or its members are no samples."""
        *done, last = group.resolved()
        if last is group:
            group.inner.clear()
            group.whole = False
        else:
            yield from done
            self._group, self._split = last, group.key


def split_name(name: str, last: bool = False) -> tuple[str, str]:
    """A member's key and extension, cut at the first (or `last`) dot of its base name; folders stay in the key."""
    folder, slash, base = name.rpartition("/")
    key, _, extension = base.rpartition(".") if last else base.partition(".")
    return folder + slash + key, extension.lower()
