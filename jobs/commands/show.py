"""The subcommands that show what the tables hold: counts, misalignment, status, lookup."""

from __future__ import annotations

import json
import logging
import sys
from argparse import Namespace
from dataclasses import asdict

import pyarrow as pa

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.session import open_lake
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.answers import Frequency
from jobs.results.frequencies import frequencies
from jobs.results.frequencies import misalignment as read_misalignment
from jobs.results.lookup import look_up
from jobs.results.published_counts import published_corpora, published_frequencies, published_misalignment
from jobs.results.status import status as read_status
from jobs.settings.settings import Settings
from jobs.stages.registry import wanted_stages
from udfs.text.modes import INDEX_OF

log = logging.getLogger(__name__)

COUNTS = pa.schema(
    [
        ("corpus", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("concept", pa.string()),
        ("frequency", pa.int64()),
        ("unanswerable", pa.string()),
        ("samples", pa.int64()),
        ("source", pa.string()),
        ("list", pa.string()),
    ]
)
MISALIGNMENT = pa.schema(
    [
        ("corpus", pa.string()),
        ("threshold", pa.float64()),
        ("misaligned", pa.int64()),
        ("samples", pa.int64()),
        ("degree", pa.float64()),
        ("degree_found", pa.float64()),
        ("source", pa.string()),
    ]
)


def counts(settings: Settings, arguments: Namespace) -> int:
    """Frequencies of one search, own and published: a row per corpus, threshold and concept."""
    context = Context.looking(settings, open_lake(settings), "counts")
    if arguments.search != "image":
        _say_what_is_counted(settings)
    rows = _frequencies(context, arguments.search, arguments.corpus, arguments.list)
    if arguments.threshold is not None:
        rows = _above(rows, arguments.threshold)
    emit([asdict(row) for row in rows], COUNTS, arguments.format, arguments.output)
    return 0


def _frequencies(context: Context, search: str, corpus: str | None, concept_list: str | None) -> list[Frequency]:
    """Own frequencies, then published ones; an error says what there is if nothing answers to these names."""
    settings, published = context.settings, published_corpora(context)
    corpora = [one for one in settings.corpora if corpus in (None, one.name)]
    if corpus and not corpora and corpus not in published:
        names = [*(one.name for one in settings.corpora), *published]
        raise SettingsError(f"no corpus '{corpus}'; corpora: {', '.join(names) or 'none'}")
    rows = published_frequencies(context, [corpus] if corpus else published, search, concept_list)
    if concept_list in (None, *(one.name for one in settings.concepts)):
        rows = [*(row for one in corpora for row in frequencies(context, one, search, concept_list)), *rows]
    if not rows and concept_list:
        raise SettingsError(f"no concept list '{concept_list}' has frequencies of {search} search in {settings.lake}")
    if not rows:
        raise ConceptfreqError(
            f"{settings.name}: no frequency of {search} search is in {settings.lake}: the settings name no corpus, and"
            " nothing was imported"
        )
    return rows


def misalignment(settings: Settings, arguments: Namespace) -> int:
    """Misalignment, own and published: a row per corpus and threshold."""
    context = Context.looking(settings, open_lake(settings), "misalignment")
    own = [row for corpus in settings.corpora for row in read_misalignment(context, corpus)]
    rows = [*own, *published_misalignment(context)]
    if not rows:
        raise ConceptfreqError(
            f"{settings.name}: no misalignment is in {settings.lake}: it needs 'corpora' that are counted by text and"
            " by image, or an import of published results"
        )
    emit([asdict(row) for row in rows], MISALIGNMENT, arguments.format, arguments.output)
    return 0


def status(settings: Settings, arguments: Namespace) -> int:
    """Where the lake stands and why samples were rejected, as a table and lines, or as one JSON line."""
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
    """One concept: its frequency by corpus and search, its rank, and what the fits expect of it."""
    rows = look_up(Context.looking(settings, open_lake(settings), "lookup"), arguments.concept)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))
        return 0
    for row in rows:
        sys.stdout.write(str(row) + "\n")
    return 0


def _say_what_is_counted(settings: Settings) -> None:
    """Columns are the same in every match mode, and most readers will take them for counts of nouns."""
    captions = settings.captions
    if captions and INDEX_OF[captions.match] != "nouns":
        log.info("text search by match '%s': not nouns are counted (docs/text-search.md)", captions.match)


def _above(rows: list[Frequency], threshold: float) -> list[Frequency]:
    """The rows of one threshold; SettingsError where nothing was counted at it."""
    found = [row for row in rows if row.threshold == threshold]
    if rows and not found:
        counted = sorted({row.threshold for row in rows if row.threshold is not None})
        said = f"counted: {', '.join(map(str, counted))}" if counted else "text search has none"
        raise SettingsError(f"--threshold {threshold}: not a threshold of these counts; {said}")
    return found
