"""One concept, from the tables: its frequency, its rank, and the performance that the fits expect of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from jobs.analysis.line import log_frequency
from jobs.concepts.asking import Inquiry
from jobs.concepts.of_run import run_concepts
from jobs.core.context import Context
from jobs.core.remembered import remembered
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.counts.answers import Frequency
from jobs.results.counts.rankings import Ranking, own_rankings, published_rankings
from jobs.results.fits.first_fits import fits_if_evaluated
from jobs.results.fits.fitted import Fitted
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
    settings, fits = context.settings, fits_if_evaluated(context)
    listed = concept in remembered(context, "concepts", lambda: run_concepts(settings))
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
    for ranking in _rankings(context, corpus):
        yield from _ranked(ranking, concept, fits)


def _unlisted(
    context: Context, corpus: Corpus, concept: str, asked: Inquiry, fits: Sequence[Fitted]
) -> Iterator[Looked]:
    lists = {(one.shared.search, one.shared.threshold): one for one in rankings_if_counted(context, corpus)}
    searched = {key: one.shared.samples for key, one in lists.items() if one.shared.samples is not None}
    for own in count_unlisted(context, corpus, concept, asked, searched):
        hint = None
        if own.search == "text" and own.frequency == 0 and (query := asked.query_of()):
            hint = why_none(context, corpus, query)
        yield replace(_among(lists.get((own.search, own.threshold)), own, fits), hint=hint)


def _rankings(context: Context, corpus: Corpus) -> list[Ranking]:
    return remembered(context, f"rankings of {corpus.name}", lambda: own_rankings(context, corpus))


def rankings_if_counted(context: Context, corpus: Corpus) -> list[Ranking]:
    """The rankings of a corpus, read once for a context; none if the lists are not counted, or are out of date."""
    try:
        return _rankings(context, corpus)
    except SettingsError:
        raise
    except ConceptfreqError as error:
        log.info("%s: no rank among the concepts of lists: %s", corpus.name, error)
        return []


def _published(context: Context, concept: str) -> Iterator[Looked]:
    for ranking in rankings_of_imports(context):
        yield from _ranked(ranking, concept, ())


def rankings_of_imports(context: Context) -> list[Ranking]:
    """The published and imported rankings by search, read once for a context."""
    rankings = remembered(context, "published rankings", lambda: published_rankings(context))
    return sorted(rankings, key=lambda one: SEARCHES.index(one.shared.search))


def _ranked(ranking: Ranking, concept: str, fits: Sequence[Fitted]) -> Iterator[Looked]:
    """A concept of a ranking, if it is one."""
    for own in ranking.of(concept):
        if own.frequency is None:
            yield Looked(own, None, len(ranking.ascending), ())
        else:
            yield Looked(own, ranking.rank(own.frequency), len(ranking.ascending), _expected(fits, own))


def _among(ranking: Ranking | None, own: Frequency, fits: Sequence[Fitted]) -> Looked:
    """A concept on no list, among those of the lists and itself."""
    others = 0 if ranking is None else len(ranking.ascending)
    if own.frequency is None:
        return Looked(own, None, others, ())
    rank = 1 if ranking is None else ranking.rank(own.frequency)
    return Looked(own, rank, others + 1, _expected(fits, own))


def _expected(fits: Sequence[Fitted], own: Frequency) -> tuple[Expectation, ...]:
    assert own.frequency is not None
    key = (own.corpus, own.search, own.threshold)
    same = [fit for fit in fits if (fit.item.corpus, fit.item.search, fit.item.threshold) == key]
    return tuple(_expect(fit, own.frequency) for fit in same)


def _expect(fit: Fitted, frequency: int) -> Expectation:
    predicted = fit.predictor.predict(float(log_frequency(frequency, fit.law.protocol.zero_becomes)))
    return Expectation(fit.item.model, fit.item.prompt, fit.item.metric, predicted.value, predicted.low, predicted.high)
