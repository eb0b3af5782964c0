"""The subcommand `corpus`: what a corpus is like before anybody asks it for a concept."""

from __future__ import annotations

import json
import logging
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict

from jobs.commands.row_output import check_output, write_page
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.errors import ConceptfreqError, SettingsError
from jobs.report_page.corpus_page import render_corpora
from jobs.report_page.corpus_tables import PageTable, tables_of
from jobs.results.corpora.corpus_statistics import CorpusStatistics, corpus_statistics
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def corpus(settings: Settings, arguments: Namespace) -> int:
    """Show the statistics of each corpus on stdout, as tables or as one JSON line, or write them as an HTML page."""
    corpora = settings.chosen(arguments.corpus)
    if not corpora:
        raise SettingsError(f"{settings.name}: no corpus is named: set `corpora`")
    check_output("html", arguments.output)
    context = Context.looking(settings, open_to_read(settings), "corpus")
    found = [corpus_statistics(context, one, arguments.top) for one in corpora]
    if not any(one.samples for one in found):
        raise ConceptfreqError(f"{settings.name}: no sample is read yet: run `conceptfreq run` or `conceptfreq ingest`")
    if arguments.output is not None:
        write_page(render_corpora(settings.name, found), arguments.output)
        log.info("the page is in %s", arguments.output)
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    elif arguments.output is None:
        sys.stdout.write("\n".join(line for one in found for line in _lines(one)) + "\n")
    return 0


def _lines(found: CorpusStatistics) -> Iterator[str]:
    yield f"corpus {found.corpus}"
    for table in tables_of(found):
        yield ""
        yield from _aligned(table)
    if found.unknown:
        yield from ("", "Not known")
        yield from (f"  {one}" for one in found.unknown)
    yield ""


def _aligned(table: PageTable) -> Iterator[str]:
    """A table with the first column to the left, and numbers to the right."""
    yield f"{table.title}: {table.note}" if table.note else table.title
    lines = [table.columns, *table.rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(table.columns))]
    for line in lines:
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        yield f"  {line[0].ljust(widths[0])}  {numbers}"
