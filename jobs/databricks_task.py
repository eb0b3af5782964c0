"""The command `conceptfreq-task`: the same as `conceptfreq`, for callers of an entry point that ignore its status.

A wheel task of Databricks is one: it would show a run that returned 1 as a success.
"""

from __future__ import annotations

from jobs import cli
from jobs.errors import ConceptfreqError


class TaskFailed(ConceptfreqError):
    """A command that ended with another exit status than 0; what was wrong is in its log."""


def main() -> None:
    """Run one subcommand; raises TaskFailed if its exit status is not 0."""
    status = cli.main()
    if status:
        raise TaskFailed(f"conceptfreq ended with exit status {status}: the last lines of the log say why")
