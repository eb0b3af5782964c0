"""Earlier states of a lake: the counts, and the lists that they were made for, as Delta's versions keep them."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime

from deltalake.exceptions import DeltaError

from jobs.errors import ConceptfreqError, LakeVersion
from jobs.lake.lake import Lake

COUNTS = "concept_counts"
LISTS = "concepts"
# What reading a version raises whose files or log are gone, or which an older release wrote.
# By the deltalake library; Spark raises errors of its own.
UNREADABLE = (DeltaError, LakeVersion, OSError, ValueError)


def lake_since(lake: Lake, since: int | datetime) -> Lake:
    """The lake with the counts of a version of concept_counts, or of a moment, and the lists of that time.

    Raises ConceptfreqError, which says what there is, if there is no such version or if it cannot be read any longer.
    """
    at, committed = _version(lake, COUNTS, since)
    lists, _ = _version(lake, LISTS, committed)
    return lake.as_of({COUNTS: at, LISTS: lists})


def _version(lake: Lake, name: str, asked: int | datetime) -> tuple[int, datetime]:
    """The version of this number, or the newest one of this moment, with the time of its commit."""
    known = lake.versions(name)
    if isinstance(asked, datetime):
        found = [one for one in known if one[1] <= asked][-1:]
    else:
        found = [one for one in known if one[0] == asked]
    if found and _is_readable(lake, name, found[0][0]):
        return found[0]
    wanted = f"{asked:%Y-%m-%d %H:%M:%S} UTC" if isinstance(asked, datetime) else f"version {asked}"
    raise ConceptfreqError(f"{lake.at}: table {name} has nothing that can be read of {wanted}; {_there_is(lake, name)}")


def _there_is(lake: Lake, name: str) -> str:
    known = lake.versions(name)
    # VACUUM deletes the files of the oldest versions first.
    first = bisect_left(known, True, key=lambda one: _is_readable(lake, name, one[0]))
    if first == len(known):
        return "nothing was counted yet: run `conceptfreq run`"
    (oldest, since), (newest, until) = known[first], known[-1]
    return (
        f"there are versions {oldest} ({since:%Y-%m-%d %H:%M:%S} UTC) to {newest} ({until:%Y-%m-%d %H:%M:%S} UTC): the "
        "log or the files of earlier ones are gone (`conceptfreq maintain`, VACUUM), or an older release wrote them"
    )


def _is_readable(lake: Lake, name: str, version: int) -> bool:
    # Spark is slow to import, and only this question about earlier states needs it.
    from jobs.core.failures import JOB_FAILED

    try:
        lake.as_of({name: version}).table(name, ["concept"])
    except (*JOB_FAILED, *UNREADABLE):
        return False
    return True
