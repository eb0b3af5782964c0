"""The subcommands that show the content of the tables: counts, misalignment, status, lookup."""

from __future__ import annotations

import json
import logging
import sys
from argparse import Namespace
from dataclasses import asdict

from jobs.commands.counts_by import counts_by
from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.session import open_lake
from jobs.errors import SettingsError
from jobs.results.all_sources import FREQUENCIES, MISALIGNMENT, all_frequencies, all_misalignment
from jobs.results.answers import Frequency
from jobs.results.lookup import look_up
from jobs.results.status import status as read_status
from jobs.settings.settings import Settings
from jobs.stages.registry import wanted_stages
from udfs.text.modes import INDEX_OF

log = logging.getLogger(__name__)


def counts(settings: Settings, arguments: Namespace) -> int:
    """Show the frequencies of one search, own and published: one row per corpus, threshold and concept.

    With `--by`, own ones alone, with a row for each value of an attribute.
    """
    if arguments.search != "image":
        _say_what_is_counted(settings)
    if arguments.by is not None:
        return counts_by(settings, arguments)
    context = Context.looking(settings, open_lake(settings), "counts")
    rows = all_frequencies(context, arguments.search, arguments.corpus, arguments.list)
    if arguments.threshold is not None:
        rows = _above(rows, arguments.threshold)
    emit([asdict(row) for row in rows], FREQUENCIES, arguments.format, arguments.output)
    return 0


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
    rows = look_up(Context.looking(settings, open_lake(settings), "lookup"), arguments.concept)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))
        return 0
    for row in rows:
        sys.stdout.write(str(row) + "\n")
    return 0


def _say_what_is_counted(settings: Settings) -> None:
    """Log it if the counts are not counts of nouns: the columns are the same in every match mode."""
    captions = settings.captions
    if captions and INDEX_OF[captions.match] != "nouns":
        log.info("text search with match '%s' counts other words than nouns (docs/text-search.md)", captions.match)


def _above(rows: list[Frequency], threshold: float) -> list[Frequency]:
    """The rows of one threshold. Raises SettingsError if nothing was counted at it."""
    found = [row for row in rows if row.threshold == threshold]
    if rows and not found:
        counted = sorted({row.threshold for row in rows if row.threshold is not None})
        known = f"thresholds: {', '.join(map(str, counted))}" if counted else "text search has no threshold"
        raise SettingsError(f"--threshold {threshold}: nothing was counted at it; {known}")
    return found
