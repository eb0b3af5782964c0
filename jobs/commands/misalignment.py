"""The subcommand `misalignment`: how often caption and image hold different concepts, own and published."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.results.counts.all_sources import MISALIGNMENT, all_misalignment
from jobs.settings.settings import Settings


def misalignment(settings: Settings, arguments: Namespace) -> int:
    """Show misalignment, own and published: one row per corpus and threshold."""
    rows = all_misalignment(Context.looking(settings, open_lake(settings), "misalignment"))
    emit([asdict(row) for row in rows], MISALIGNMENT, arguments.format, arguments.output)
    return 0
