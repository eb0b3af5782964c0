"""`counts --by ATTRIBUTE`: frequencies broken down by the language, the domain and the like of the samples."""

from __future__ import annotations

import logging
from argparse import Namespace

import pyarrow as pa

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.session import open_to_read
from jobs.errors import SettingsError
from jobs.results.breakdowns import BREAKDOWN, break_down
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def counts_by(settings: Settings, arguments: Namespace) -> int:
    """Show one row per corpus, threshold, concept and value, the most frequent concept of each first."""
    corpora = settings.chosen(arguments.corpus)
    if not corpora:
        raise SettingsError(f"--by {arguments.by}: {settings.name} names no corpus")
    context = Context.looking(settings, open_to_read(settings), "counts")
    question = arguments.by, arguments.search, arguments.threshold, arguments.list
    found = {corpus.name: break_down(context, corpus, *question) for corpus in corpora}
    for name in (name for name, rows in found.items() if not len(rows)):
        log.warning("corpus %s: %s search finds no concept in any sample", name, arguments.search)
    log.info(
        "frequencies of 0, and concepts that the search cannot answer, have no row: `counts` without --by has them"
    )
    emit(pa.concat_tables(found.values()).to_pylist(), BREAKDOWN, arguments.format, arguments.output)
    return 0
