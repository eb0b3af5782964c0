"""Frequencies and misalignment of every source: own rows of the settings' corpora, then published rows."""

from __future__ import annotations

import pyarrow as pa

from jobs.core.context import Context
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.counts.answers import Frequency, Misaligned
from jobs.results.counts.frequencies import frequencies, misalignment, past_frequencies
from jobs.results.counts.published_counts import published_corpora, published_frequencies, published_misalignment

# The fields of Frequency and of Misaligned, as columns.
FREQUENCIES = pa.schema(
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


def all_frequencies(
    context: Context,
    search: str,
    corpus: str | None = None,
    concept_list: str | None = None,
    threshold: float | None = None,
) -> list[Frequency]:
    """Own frequencies of one search, then published ones; of one corpus, concept list or threshold only, if given.

    Raises SettingsError for an unknown one, and ConceptfreqError if there is no frequency.
    """
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
    return rows if threshold is None else _at(threshold, rows)


def _at(threshold: float, rows: list[Frequency]) -> list[Frequency]:
    """The rows of one threshold. Raises SettingsError if nothing was counted at it."""
    found = [row for row in rows if row.threshold == threshold]
    if not found:
        counted = sorted({row.threshold for row in rows if row.threshold is not None})
        known = f"thresholds: {', '.join(map(str, counted))}" if counted else "text search has no threshold"
        raise SettingsError(f"threshold {threshold}: nothing was counted at it; {known}")
    return found


def all_past_frequencies(
    context: Context, search: str, corpus: str | None = None, concept_list: str | None = None
) -> list[Frequency]:
    """What `all_frequencies` showed when `context.lake` was as it shows itself; nothing if there was nothing."""
    own = [one for one in context.settings.corpora if corpus in (None, one.name)]
    rows = [row for one in own for row in past_frequencies(context, one, search, concept_list)]
    return rows + published_frequencies(context, [corpus] if corpus else None, search, concept_list)


def all_misalignment(context: Context) -> list[Misaligned]:
    """Own misalignment, then the published one: one row per corpus and threshold.

    Raises ConceptfreqError if there is none.
    """
    settings = context.settings
    own = [row for corpus in settings.corpora for row in misalignment(context, corpus)]
    rows = [*own, *published_misalignment(context)]
    if not rows:
        raise ConceptfreqError(
            f"{settings.name}: no misalignment is in {settings.lake}: it needs 'corpora' that are counted by text and"
            " by image, or an import of published results"
        )
    return rows
