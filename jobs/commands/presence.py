"""The subcommand `presence`: how often images show what captions name, by concept, own and published."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.results.counts.presence import PRESENCE, all_presence
from jobs.settings.settings import Settings


def presence(settings: Settings, arguments: Namespace) -> int:
    """Write P(image | text) and its lift: one row per corpus, threshold and concept."""
    check_output(arguments.format, arguments.output)
    context = Context.looking(settings, open_lake(settings), "presence")
    rows = all_presence(context, arguments.corpus, arguments.list, arguments.threshold)
    emit([asdict(row) for row in rows], PRESENCE, arguments.format, arguments.output)
    return 0
