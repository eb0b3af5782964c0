"""The command `conceptfreq-task`: the same as `conceptfreq`, for whoever calls the entry point and asks for no status.

A wheel task of Databricks does: a run that returned 1 would be shown as a success.
"""

from __future__ import annotations

from jobs import cli
from jobs.errors import ConceptfreqError


class TaskFailed(ConceptfreqError):
    """A command that ended with another exit status than 0; what was wrong is in its log."""


def main() -> None:
    """Run one subcommand; raises TaskFailed where its exit status is not 0."""
    status = cli.main()
    if status:
        raise TaskFailed(f"conceptfreq ended with exit status {status}: the last lines of the log say why")
