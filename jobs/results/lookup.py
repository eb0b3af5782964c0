"""One concept, from the tables: its frequency, its rank, and the performance that the fits expect of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from jobs.analysis.line import log_frequency
from jobs.concepts.asking import Inquiry
from jobs.concepts.of_run import run_concepts
from jobs.core.context import Context
from jobs.core.stage_specs import search_specs
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.counts.answers import Frequency
from jobs.results.counts.frequencies import frequencies
from jobs.results.counts.published_counts import published_frequencies
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import Fitted
from jobs.results.fits.stored_fits import read_fits
from jobs.results.looked import Expectation, Looked
from jobs.results.samples.unlisted import ask_one, count_unlisted
from jobs.results.terms import terms_of, why_none
from jobs.settings.corpora import Corpus

log = logging.getLogger(__name__)

SEARCHES = ("text", "image", "integrated")


def look_up(context: Context, concept: str, terms: bool = False) -> list[Looked]:
    """A concept under every search of every corpus, own and published; `terms`: with what was asked.

    A concept on no list is counted from the rows of the stage `index`. Raises ConceptfreqError if there is no answer.
    """
    settings, fits = context.settings, _fits(context)
    listed = concept in run_concepts(settings)
    found: list[Looked] = []
    for corpus in settings.corpora if settings.searches else ():
        if listed:
            rows = _listed(context, corpus, concept, fits)
            asked = ask_one(context, corpus, concept) if terms else None
        else:
            asked = ask_one(context, corpus, concept)
            rows = _unlisted(context, corpus, concept, asked, fits)
        shown = asked if terms else None
        found += [replace(row, terms=terms_of(context, shown, row.frequency.search)) if shown else row for row in rows]
    found += _published(context, concept)
    if not found:
        raise ConceptfreqError(
            f"{settings.name}: the concept '{concept}' is on no list of an import, and the settings name no corpus and"
            " no 'captions' or 'images.tagger' to look it up in: add them and run `conceptfreq run`"
        )
    return found


def _listed(context: Context, corpus: Corpus, concept: str, fits: Sequence[Fitted]) -> Iterator[Looked]:
    for search in search_specs(context.settings, corpus, context.identities):
        yield from _searched(frequencies(context, corpus, search), concept, fits)


def _unlisted(
    context: Context, corpus: Corpus, concept: str, asked: Inquiry, fits: Sequence[Fitted]
) -> Iterator[Looked]:
    lists = _counts_of_lists(context, corpus)
    searched = {(row.search, row.threshold): row.samples for row in lists if row.samples is not None}
    for own in count_unlisted(context, corpus, concept, asked, searched):
        hint = None
        if own.search == "text" and own.frequency == 0 and (query := asked.query_of()):
            hint = why_none(context, corpus, query)
        others = [row for row in lists if row.search == own.search]
        yield from (replace(looked, hint=hint) for looked in _searched([*others, own], concept, fits))


def _counts_of_lists(context: Context, corpus: Corpus) -> list[Frequency]:
    """The frequencies of the settings' lists under every search; none if they are not counted, or are out of date."""
    searches = search_specs(context.settings, corpus, context.identities)
    try:
        return [row for search in searches for row in frequencies(context, corpus, search)]
    except SettingsError:
        raise
    except ConceptfreqError as error:
        log.info("%s: no rank among the concepts of lists: %s", corpus.name, error)
        return []


def _published(context: Context, concept: str) -> Iterator[Looked]:
    groups: dict[tuple[object, ...], list[Frequency]] = {}
    for row in published_frequencies(context):
        groups.setdefault((row.search, row.corpus, row.source, row.list, row.threshold), []).append(row)
    for rows in sorted(groups.values(), key=lambda rows: SEARCHES.index(rows[0].search)):
        yield from _searched(rows, concept, ())


def _fits(context: Context) -> list[Fitted]:
    """The fits under the first protocol, stored or made from stored rows; none if nothing is evaluated."""
    settings = context.settings
    if settings.fit is None:
        return []
    try:
        items = under_first_protocol(fit_inputs(context, settings.corpora))
    except ConceptfreqError:
        # Nothing is evaluated yet, or not all of it is counted: only the frequencies can be shown.
        return []
    stored, fits = read_fits(context.lake), []
    for item in items:
        try:
            fits.append(stored.find_or_fit(item))
        except ValueError:
            # The stage `fit` and the report name a fit that cannot be made.
            continue
    return fits


def _searched(rows: Sequence[Frequency], concept: str, fits: Sequence[Fitted]) -> Iterator[Looked]:
    for own in (row for row in rows if row.concept == concept):
        others = [row.frequency for row in rows if row.threshold == own.threshold and row.frequency is not None]
        if own.frequency is None:
            yield Looked(own, None, len(others), ())
            continue
        key = (own.corpus, own.search, own.threshold)
        same = [fit for fit in fits if (fit.item.corpus, fit.item.search, fit.item.threshold) == key]
        expected = tuple(_expect(fit, own.frequency) for fit in same)
        yield Looked(own, 1 + sum(other > own.frequency for other in others), len(others), expected)


def _expect(fit: Fitted, frequency: int) -> Expectation:
    predicted = fit.predictor.predict(float(log_frequency(frequency, fit.law.protocol.zero_becomes)))
    return Expectation(fit.item.model, fit.item.prompt, fit.item.metric, predicted.value, predicted.low, predicted.high)
