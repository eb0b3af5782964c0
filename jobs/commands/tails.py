"""The subcommand `tails`: the tails of frequencies, or corpora against each other."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.session import open_lake
from jobs.errors import ConceptfreqError
from jobs.results.counted_lists import counted_lists
from jobs.results.tails import ACROSS, TAILS, across_rows, tail_rows
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def tails(settings: Settings, arguments: Namespace) -> int:
    """Write one row per corpus, search, threshold and list; with `--across` one per two corpora."""
    check_output(arguments.format, arguments.output)
    context = Context.looking(settings, open_lake(settings), "tails")
    found = counted_lists(context, arguments.search, arguments.corpus or (), arguments.list, arguments.threshold)
    rows = list(across_rows(found) if arguments.across else tail_rows(found))
    if not rows:
        there = "; ".join(one.title for one in found)
        raise ConceptfreqError(f"{settings.name}: no two corpora are counted by one search: there is {there}")
    emit(rows, ACROSS if arguments.across else TAILS, arguments.format, arguments.output)
    lawless = sum(bool(row.get("note")) for row in rows)
    if lawless:
        log.info("%d of %d rows have no power law: the column note says why", lawless, len(rows))
    return 0
