"""The upkeep of one table: finds the work that it needs, and does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.lake import upkeep
from jobs.lake.lake import Lake
from jobs.lake.table_files import Partition, partitions, stored, unreferenced


@dataclass(frozen=True)
class Upkeep:
    """Work that is to be done, or was done, on a table or on files beside the tables.

    `files` is the number of files in the newest version before the work, `files_after` after it; None if there is no
    number (yet). `bytes` are freed on the disk; None if sizes cannot be told.
    """

    table: str
    what: str
    files: int | None
    files_after: int | None
    bytes: int | None


def look(lake: Lake, name: str, found: Sequence[Partition], hours: int | None) -> Upkeep | None:
    """The work that a table with these partitions needs; None if there is none.

    Files that no version of the last `hours` needs are deleted. Files that are compacted today stay for that time too,
    for readers of older versions.
    """
    gone = unreferenced(lake, name, hours)
    what = _words(len(upkeep.fragmented(found)), len(gone), upkeep.is_due(lake, name))
    return Upkeep(name, what, _count(found), None, _bytes(lake, name, gone)) if what else None


def tend(lake: Lake, name: str, found: Sequence[Partition], hours: int | None) -> Upkeep | None:
    """Do the work that a table with these partitions needs, and return what was done; None if there was none."""
    fragmented = upkeep.fragmented(found)
    upkeep.compact(lake, name, fragmented)
    gone = unreferenced(lake, name, hours)
    freed = _vacuum(lake, name, hours) if gone else 0
    due = upkeep.is_due(lake, name)
    if due:
        upkeep.checkpoint(lake, name)
    what = _words(len(fragmented), len(gone), due)
    after = partitions(lake, name) if fragmented else found
    return Upkeep(name, what, _count(found), _count(after), freed) if what else None


def _vacuum(lake: Lake, name: str, hours: int | None) -> int | None:
    """Delete old files; returns the number of freed bytes, None if sizes cannot be told."""
    before = stored(lake, name)
    upkeep.vacuum(lake, name, hours)
    after = stored(lake, name)
    return None if before is None or after is None else sum(before.values()) - sum(after.values())


def _bytes(lake: Lake, name: str, gone: Sequence[str]) -> int | None:
    sizes = stored(lake, name) if gone else {}
    return None if sizes is None else sum(sizes.get(one, 0) for one in gone)


def _count(found: Sequence[Partition]) -> int:
    return sum(one.files for one in found)


def _words(fragmented: int, old: int, checkpoint: bool) -> str:
    return ", ".join(_each(fragmented, old, checkpoint))


def _each(fragmented: int, old: int, checkpoint: bool) -> Iterator[str]:
    if fragmented:
        yield f"compact {fragmented} partition{'s' if fragmented > 1 else ''}"
    if old:
        yield f"delete {old} old file{'s' if old > 1 else ''}"
    if checkpoint:
        yield "checkpoint"
