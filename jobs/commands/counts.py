"""The subcommand `counts`: the frequencies of one search, or how they differ from those of an earlier state."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.session import open_lake
from jobs.results.all_sources import FREQUENCIES, all_frequencies
from jobs.results.answers import Frequency
from jobs.results.changes import CHANGES, FrequencyChange, changes_since
from jobs.settings.settings import Settings
from udfs.text.modes import INDEX_OF

log = logging.getLogger(__name__)

# Search, corpus, list and threshold.
Question = tuple[str, str | None, str | None, float | None]


def counts(settings: Settings, arguments: Namespace) -> int:
    """Show the frequencies of one search, own and published: one row per corpus, threshold and concept.

    Those that changed since an earlier state, if one is asked for.
    """
    context = Context.looking(settings, open_lake(settings), "counts")
    if arguments.search != "image":
        _say_what_is_counted(settings)
    question = arguments.search, arguments.corpus, arguments.list, arguments.threshold
    if arguments.since is None:
        rows: Sequence[Frequency] = all_frequencies(context, *question)
    else:
        rows = _changed(context, arguments.since, question)
    schema = FREQUENCIES if arguments.since is None else CHANGES
    emit([asdict(row) for row in rows], schema, arguments.format, arguments.output)
    return 0


def _changed(context: Context, since: int | datetime, question: Question) -> Sequence[FrequencyChange]:
    compared = changes_since(context, since, *question)
    for one in compared.alone:
        log.warning("left out: %s", one)
    log.info("since %s: %d concepts changed, %d are the same", since, len(compared.changes), compared.same)
    return compared.changes


def _say_what_is_counted(settings: Settings) -> None:
    """Log it if the counts are not counts of nouns: the columns are the same in every match mode."""
    captions = settings.captions
    if captions and INDEX_OF[captions.match] != "nouns":
        log.info("text search with match '%s' counts other words than nouns (docs/text-search.md)", captions.match)
