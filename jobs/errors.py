"""The ways a run can refuse, each with its exit status.

A message says what happened, where, and what to do; it is shown on stderr in one piece, without a traceback.
"""

from __future__ import annotations

from udfs.shards.schemes import shown


class ConceptfreqError(Exception):
    """A refusal that the user can act on; `exit_status` is what the command line returns for it."""

    exit_status = 1

    def __str__(self) -> str:
        return shown(super().__str__())


class SettingsError(ConceptfreqError):
    """The settings cannot be used as they are: nothing was started."""

    exit_status = 2


class NoShards(SettingsError):
    """A corpus has no shards, at least not yet: its folder is empty, or its bucket holds nothing of that name."""


class SpecChanged(SettingsError):
    """Settings that can change results differ from those under which the lake's results were made."""


class LeaseHeld(ConceptfreqError):
    """Another run works on this corpus and stage."""


class LakeVersion(ConceptfreqError):
    """The lake's tables were written by a release that this one cannot read or write."""


class StageFailed(ConceptfreqError):
    """A stage stopped because its waves fail for a reason that is not in the data."""


class FoundationLost(ConceptfreqError):
    """What the run stands on is gone (session, server, disk): the run ends, and no shard is recorded as failed."""
