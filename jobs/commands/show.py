"""The subcommands that show the content of the tables: misalignment, status, lookup."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.session import open_lake
from jobs.results.corpora.status import status as read_status
from jobs.results.counts.all_sources import MISALIGNMENT, all_misalignment
from jobs.results.lookup import look_up
from jobs.settings.settings import Settings
from jobs.stages.registry import wanted_stages


def misalignment(settings: Settings, arguments: Namespace) -> int:
    """Show misalignment, own and published: one row per corpus and threshold."""
    rows = all_misalignment(Context.looking(settings, open_lake(settings), "misalignment"))
    emit([asdict(row) for row in rows], MISALIGNMENT, arguments.format, arguments.output)
    return 0


def status(settings: Settings, arguments: Namespace) -> int:
    """Show the state of the lake and why samples were rejected, as a table and lines, or as one JSON line."""
    found = read_status(
        Context.looking(settings, open_lake(settings), "status"), wanted_stages(settings), explained=True
    )
    if arguments.json:
        print(json.dumps([asdict(row) for row in found]))
        return 0
    line = "{:<20} {:<10} {:>8} {:>8} {:>8} {:>12}  {:<14} {}"
    print(line.format("corpus", "stage", "planned", "done", "failed", "samples", "bottleneck", "rejects"))
    for row in found:
        rejects = ", ".join(f"{name} {count}" for name, count in row.rejects.items()) or "none"
        slowest = f"{row.bottleneck} {row.share:.0%}" if row.bottleneck is not None else "-"
        print(line.format(row.corpus, row.stage, row.planned, row.done, row.failed, row.samples, slowest, rejects))
    for row in found:
        for reason in row.reasons:
            print(f"{row.corpus} {row.stage}: {reason}")
    return 0


def lookup(settings: Settings, arguments: Namespace) -> int:
    """Show one concept: its frequency by corpus and search, its rank, and the performance that the fits expect."""
    rows = look_up(Context.looking(settings, open_lake(settings), "lookup"), arguments.concept, arguments.terms)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))
        return 0
    for row in rows:
        sys.stdout.write(str(row) + "\n")
    return 0
