"""The subcommand `counts`: the frequencies of one search, or how they differ from those of an earlier state."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pyarrow as pa

from jobs.commands.row_output import emit
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.errors import SettingsError
from jobs.results.counts.all_sources import FREQUENCIES, all_frequencies
from jobs.results.counts.changes import CHANGES, FrequencyChange, changes_since
from jobs.results.samples.alike import check_alike
from jobs.results.samples.breakdowns import BREAKDOWN, break_down
from jobs.results.samples.distinct import WITH_DISTINCT, with_distinct
from jobs.results.samples.indexed import corpora_with_samples
from jobs.results.samples.parts import PARTS, count_parts
from jobs.settings.settings import Search, Settings
from udfs.attributes.names import Attribute
from udfs.text.modes import INDEX_OF

log = logging.getLogger(__name__)

# Search, corpus, list and threshold.
Question = tuple[Search, str | None, str | None, float | None]


def counts(settings: Settings, arguments: Namespace) -> int:
    """Show the frequencies of one search, own and published: one row per corpus, threshold and concept.

    One of four options shows them in another way: what changed, how many samples differ, by an attribute, or by the
    parts of definitions.
    """
    if arguments.distinct is not None:
        check_alike(settings, arguments.distinct)
    if arguments.search != "image":
        _say_what_is_counted(settings)
    context = Context.looking(settings, open_to_read(settings), "counts")
    question = arguments.search, arguments.corpus, arguments.list, arguments.threshold
    rows, schema = _rows(context, question, arguments)
    emit(rows, schema, arguments.format, arguments.output)
    return 0


def _rows(context: Context, question: Question, arguments: Namespace) -> tuple[list[dict[str, Any]], pa.Schema]:
    if arguments.since is not None:
        return [asdict(row) for row in _changed(context, arguments.since, question)], CHANGES
    if arguments.by is not None:
        return _by(context, arguments.by, question).to_pylist(), BREAKDOWN
    if arguments.parts:
        return _parts(context, question).to_pylist(), PARTS
    found = all_frequencies(context, *question)
    if arguments.distinct is not None:
        return with_distinct(context, found, arguments.search, arguments.distinct), WITH_DISTINCT
    return [asdict(row) for row in found], FREQUENCIES


def _by(context: Context, attribute: Attribute, question: Question) -> pa.Table:
    """Frequencies by the values of an attribute, of own corpora alone."""
    search, corpus, concept_list, threshold = question
    corpora = context.settings.chosen(corpus)
    if not corpora:
        raise SettingsError(f"--by {attribute}: {context.settings.name} names no corpus")
    found = {one.name: break_down(context, one, attribute, search, threshold, concept_list) for one in corpora}
    for name in (name for name, rows in found.items() if not len(rows)):
        log.warning("corpus %s: %s search finds no concept in any sample", name, search)
    log.info(
        "frequencies of 0, and concepts that the search cannot answer, have no row: `counts` without --by has them"
    )
    return pa.concat_tables(found.values())


def _parts(context: Context, question: Question) -> pa.Table:
    """The parts of concepts that are more than their name, in own corpora alone."""
    search, corpus, concept_list, threshold = question
    corpora = corpora_with_samples(context, corpus, "parts are counted in samples")
    return pa.concat_tables(count_parts(context, one, search, threshold, concept_list) for one in corpora)


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
