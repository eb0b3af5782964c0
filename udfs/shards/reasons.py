"""The reasons why a sample of a webdataset lacks its caption, its image or both.

A reason names the members that the sample has instead, and the option that would read them. It names no key, so that
samples which lack the same have the same reason.
"""

from __future__ import annotations

from udfs.shards.fields import enumerated
from udfs.shards.grouping import Group

# The most extensions that are shown of a group, and that are kept of a group that was read.
_MOST = 8


def neither(group: Group, problem: str | None) -> str:
    """The reason why a sample has no usable half. `problem`: why its json gives no caption."""
    reason = f"neither caption nor image: {_members(group)}"
    if problem:
        reason += f"; {problem}"
    if group.dotted:
        return f"{reason}; set `caption` and `image` to two of these extensions, or `key_dot: last` if keys hold dots"
    return f"{reason}; set `caption` or `image`" if group.unread else reason


def no_caption(group: Group, problem: str | None) -> str:
    """The reason why a sample with an image has no caption."""
    reason = f"no caption: {_members(group)}"
    if problem:
        return f"{reason}; {problem}"
    return f"{reason}; set `caption` to the extension that has it" if group.unread else reason


def no_image(group: Group) -> str:
    """The reason why a sample with a caption has no image."""
    reason = f"no image: {_members(group)}"
    return f"{reason}; set `image` to the extension that has it" if group.unread else reason


def repeated(group: Group, earlier: str) -> str:
    """The reason to reject a sample whose key was met before. `earlier`: the first one's extensions, from `content`."""
    before = earlier.split("/")
    if not group.extensions.isdisjoint(before):
        return "the key was met before"
    here = enumerated(sorted(group.extensions))
    return f"members of a key are not adjacent: {here} here, {', '.join(before)} before; sort the tar's members by name"


def content(group: Group) -> str:
    """A group's extensions as one text, or the first of them if there are many; extensions hold no slash."""
    return "/".join(sorted(group.extensions)[:_MOST])


def _members(group: Group) -> str:
    found = sorted(group.extensions)
    if group.members == 1:
        return f"the only member is {found[0]}"
    if group.members > len(found):
        return f"there are {group.members} members, as {enumerated(found[:_MOST])}"
    return f"the members are {enumerated(found)}"
