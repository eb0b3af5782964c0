"""The subcommand `counts`: the frequencies of one search, or how they differ from those of an earlier state."""

from __future__ import annotations

import logging
from argparse import Namespace
from dataclasses import asdict
from datetime import datetime

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.session import open_lake
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.all_sources import FREQUENCIES, all_frequencies, all_past_frequencies
from jobs.results.answers import Frequency
from jobs.results.changes import CHANGES, Change, compare
from jobs.results.states import lake_since
from jobs.settings.settings import Settings
from udfs.text.modes import INDEX_OF

log = logging.getLogger(__name__)


def counts(settings: Settings, arguments: Namespace) -> int:
    """Show the frequencies of one search, own and published: one row per corpus, threshold and concept.

    Those that changed since an earlier state, if one is asked for.
    """
    context = Context.looking(settings, open_lake(settings), "counts")
    if arguments.search != "image":
        _say_what_is_counted(settings)
    question = arguments.search, arguments.corpus, arguments.list
    rows = all_frequencies(context, *question)
    if arguments.threshold is not None:
        rows = _above(rows, arguments.threshold)
    if arguments.since is None:
        emit([asdict(row) for row in rows], FREQUENCIES, arguments.format, arguments.output)
        return 0
    then = Context.looking(settings, lake_since(context.lake, arguments.since), "counts")
    before = all_past_frequencies(then, *question)
    if arguments.threshold is not None:
        before = [row for row in before if row.threshold == arguments.threshold]
    emit([asdict(row) for row in _changes(rows, before, arguments.since)], CHANGES, arguments.format, arguments.output)
    return 0


def _changes(rows: list[Frequency], before: list[Frequency], since: int | datetime) -> list[Change]:
    """The changes; what cannot be compared is logged. Raises ConceptfreqError if nothing can be."""
    compared = compare(rows, before)
    if not compared.changes and not compared.same:
        raise ConceptfreqError(
            f"--since {since}: nothing that was counted then was counted under the present settings, so nothing can be "
            f"compared ({'; '.join(compared.alone)})"
        )
    for one in compared.alone:
        log.warning("left out: %s", one)
    log.info("since %s: %d concepts changed, %d are the same", since, len(compared.changes), compared.same)
    return compared.changes


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
