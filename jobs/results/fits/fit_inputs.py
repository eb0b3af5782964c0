"""The inputs of fits: the frequencies of a search paired with the performance of a model, from the tables.

All evaluated and imported sets of one metric are pooled, as in the paper. A concept in several sets is repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from jobs.analysis.protocol import Protocol
from jobs.analysis.recall import RECALLS
from jobs.core.context import Context
from jobs.core.stage_specs import search_specs
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.counts.answers import Frequency
from jobs.results.counts.frequencies import frequencies
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.scores import Groups, Score, read_scores
from jobs.settings.corpora import Corpus
from jobs.settings.protocols import FitProtocol, Task, load_protocols

log = logging.getLogger(__name__)


def fit_inputs(context: Context, corpora: Sequence[Corpus]) -> list[FitInput]:
    """All fits that the settings ask for: `corpora` x searches x thresholds x models x prompts x protocols.

    Raises ConceptfreqError if there is no score yet, if an evaluated concept was not counted (it is named), or if no
    concept of an imported set was. Other imported concepts without a frequency are named in a warning.
    """
    settings = context.settings
    if settings.fit is None:
        raise SettingsError(f"{settings.name}: fitting needs the section 'fit'")
    groups, protocols = read_scores(context), load_protocols(settings.fit.protocols)
    return [item for corpus in corpora for item in _of_corpus(context, corpus, groups, protocols)]


def _of_corpus(
    context: Context, corpus: Corpus, groups: Groups, protocols: Sequence[FitProtocol]
) -> Iterator[FitInput]:
    every = [score for scores in groups.values() for score in scores]
    told = False
    for search in search_specs(context.settings, corpus, context.identities):
        counted = frequencies(context, corpus, search)
        names = {row.concept for row in counted}
        _refuse_uncounted(f"corpus {corpus.name}, {search} search", every, names)
        if not told:
            # Every search of a run counts the same lists.
            _tell_unlisted(score for score in every if score.concept not in names)
            told = True
        for threshold in sorted({row.threshold for row in counted}, key=lambda value: value or 0):
            rows = {row.concept: row for row in counted if row.threshold == threshold}
            for key in sorted(groups):
                if scores := [score for score in groups[key] if score.concept in names]:
                    binned = [protocol.binning(task_of(scores[0].metric), corpus.name) for protocol in protocols]
                    pool = _input(corpus, search, threshold, rows, scores, binned[0])
                    yield from (replace(pool, protocol=protocol) for protocol in binned)


def under_first_protocol(items: Sequence[FitInput]) -> list[FitInput]:
    """One item per pool of concepts: the one with the protocol that the settings name first."""
    return [item for item in items if item.protocol.name == items[0].protocol.name]


def task_of(metric: str) -> Task:
    """The task whose bins a protocol uses for a metric: other scores than recalls are binned as accuracies are."""
    return "retrieval" if metric in RECALLS else "classification"


def _refuse_uncounted(where: str, scores: Sequence[Score], names: set[str]) -> None:
    """Raise ConceptfreqError if an evaluated concept has no frequency, or none of an imported set has one.

    names: the concepts that were counted.
    """
    uncounted = sorted({score.concept for score in scores if score.concept not in names and not score.imported})
    if uncounted:
        raise ConceptfreqError(
            f"{where}: {len(uncounted)} evaluated concepts have no frequency ({', '.join(uncounted[:5])}): "
            "run `conceptfreq count`"
        )
    missing = {score.set for score in scores} - {score.set for score in scores if score.concept in names}
    if missing:
        one = min(missing)
        concepts = sorted({score.concept for score in scores if score.set == one})
        raise ConceptfreqError(
            f"{where}: no concept of the imported set {one} is counted ({', '.join(concepts[:5])}): "
            "add its concepts as a list to `concepts` and run `conceptfreq count`"
        )


def _tell_unlisted(scores: Iterable[Score]) -> None:
    """Warn of imported concepts that are on no list, by set."""
    unlisted: dict[str, set[str]] = {}
    for score in scores:
        unlisted.setdefault(score.set, set()).add(score.concept)
    for of_set, concepts in sorted(unlisted.items()):
        first = ", ".join(sorted(concepts)[:5])
        log.warning("set %s: %d concepts are on no list and left out of fits: %s", of_set, len(concepts), first)


def _input(
    corpus: Corpus,
    search: str,
    threshold: float | None,
    counted: dict[str, Frequency],
    scores: Sequence[Score],
    protocol: Protocol,
) -> FitInput:
    pairs = [(score, counted[score.concept].frequency) for score in scores]
    used = [(score, frequency) for score, frequency in pairs if frequency is not None]
    first = scores[0]
    return FitInput(
        corpus=corpus.name,
        search=search,
        threshold=threshold,
        sets=tuple(sorted({score.set for score in scores})),
        model=first.model,
        prompt=first.prompt,
        metric=first.metric,
        protocol=protocol,
        names=tuple(score.concept for score, _ in used),
        set_of=tuple(score.set for score, _ in used),
        frequency=tuple(frequency for _, frequency in used),
        score=tuple(score.value for score, _ in used),
        images=tuple(score.samples for score, _ in used),
        left_out=tuple(sorted(score.concept for score, frequency in pairs if frequency is None)),
        unit=first.unit,
        higher_is_better=first.higher_is_better,
    )
