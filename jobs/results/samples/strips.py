"""Samples for the cards of a report: a few of each of some concepts, and none that holds what shall not be shown.

A draw depends on the seed and on each sample alone, as in `jobs.results.samples.drawn_samples`: of a concept the same
samples come first that `conceptfreq samples` draws under the same seed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from jobs.concepts.asking import Inquiry, ask
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.core.reading import driver_reads, found_in_shards
from jobs.core.sections import naming
from jobs.core.stretches import cut
from jobs.errors import ConceptfreqError
from jobs.lake.ledger import Unit
from jobs.results.samples.drawn_samples import SampleKey, image_place
from jobs.results.samples.indexed import answering_shards, chosen_threshold, searched_halves
from jobs.results.samples.leafing import named_samples, stored_rows
from jobs.settings.corpora import Corpus
from jobs.settings.report import ReportSamples
from jobs.settings.settings import Search, Settings
from udfs.counting.arrays import Flags, Integers, distinct
from udfs.counting.laid_out import LaidOut
from udfs.counting.lots import lots_of
from udfs.counting.sets import Places

# Below any score: a tag hides its sample however low it was.
ANY_SCORE: Final = -1.0

# The lot of a sample, and what names it.
Lot = tuple[int, SampleKey]


@dataclass(frozen=True)
class StripSample:
    """A sample to be shown; image: where its image lies, or None. The fingerprint changes with its shard."""

    key: SampleKey
    sample: str
    caption: str | None
    image: Mapping[str, Any] | None
    fingerprint: str


@dataclass(frozen=True)
class SampleStrips:
    """Samples, each once, and for each concept the places of its own among them, in the order of the draw.

    told: how they were drawn, in words. troubles: why there are none of a corpus, in words.
    """

    samples: tuple[StripSample, ...] = ()
    of_concept: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    told: str = ""
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Question:
    """What is drawn from a corpus: samples of the first `concepts` of the names that are asked for."""

    concepts: Sequence[str]
    without: Sequence[str]
    search: Search
    threshold: float | None
    halves: Sequence[str]
    per_concept: int
    seed: int


@dataclass(frozen=True)
class _Drawn:
    """The first lots of each concept, and the samples that hold each name that shall not be shown."""

    lots: dict[str, list[Lot]] = field(default_factory=lambda: defaultdict(list))
    hidden: Counter[str] = field(default_factory=Counter)


def strip_search(settings: Settings) -> tuple[Search, float | None]:
    """The search that finds the samples, with its threshold: the first of the settings."""
    asked = settings.report.samples.search if settings.report.samples else None
    search: Search = asked or ("text" if settings.captions else "image")
    return search, chosen_threshold(settings, search, None)


def draw_strips(context: Context, concepts: Sequence[str], asked: ReportSamples) -> SampleStrips:
    """Draw among the samples of all corpora that hold one of the concepts.

    A corpus whose samples cannot be drawn gives none, and a reason.
    """
    settings = context.settings
    search, threshold = strip_search(settings)
    question = _Question(
        concepts=[one for one in concepts if one not in asked.without],
        without=asked.without,
        search=search,
        threshold=threshold,
        halves=settings.searches if asked.without else searched_halves(context, search),
        per_concept=asked.per_concept,
        seed=asked.seed,
    )
    drawn, fingerprints, troubles = _Drawn(), dict[tuple[str, str], str](), list[str]()
    for corpus in settings.corpora:
        try:
            units = answering_shards(context, corpus, question.halves)
            _draw(context, corpus, units, question, drawn)
        except ConceptfreqError as error:
            troubles.append(str(error))
            continue
        fingerprints |= {(corpus.name, unit.shard): unit.fingerprint for unit in units}
    chosen = {name: [key for _, key in sorted(lots)[: asked.per_concept]] for name, lots in drawn.lots.items()}
    samples = _stored(context, {key for keys in chosen.values() for key in keys}, fingerprints)
    place_of = {one.key: place for place, one in enumerate(samples)}
    places = {name: tuple(place_of[key] for key in chosen[name] if key in place_of) for name in sorted(chosen)}
    return SampleStrips(samples, places, _told(question, drawn.hidden), tuple(troubles))


def _told(question: _Question, hidden: Mapping[str, int]) -> str:
    told = f"Drawn by seed {question.seed} among those that {question.search} search finds"
    if not question.without:
        return f"{told}."
    named = ", ".join(f"'{name}' ({hidden[name]:,})" for name in question.without)
    return f"{told}. Left out are all samples in which a search finds {named}."


def _draw(context: Context, corpus: Corpus, units: Sequence[Unit], question: _Question, drawn: _Drawn) -> None:
    """Add the first of each concept's samples, at most `per_concept` of each stretch."""
    if not driver_reads(context.lake, units):
        samples = sum(unit.work for unit in units)
        raise ConceptfreqError(
            f"corpus {corpus.name}: of {samples:,} samples, or of a lake that only Spark reads, a report shows none:"
            " `conceptfreq samples` does"
        )
    with naming("images.tagger"):
        names = [*question.concepts, *question.without]
        asked = ask(context, corpus, questions(context, corpus), names, question.halves)
    _refuse_unknown(corpus.name, asked, question)
    stored = [one.with_searched for one in asked.stored] if question.without else asked.stored
    for shards in cut(units, []):
        own = set(shards)
        found = found_in_shards(context.lake, stored, [unit for unit in units if unit.shard in own])
        _draw_stretch(corpus.name, LaidOut.of(found), asked, question, drawn)


def _refuse_unknown(corpus: str, asked: Inquiry, question: _Question) -> None:
    """Raise ConceptfreqError if no search can tell whether a sample holds what shall not be shown."""
    reasons = [asked.reasons(half)[len(question.concepts) :] for half in question.halves]
    for name, why in zip(question.without, zip(*reasons, strict=True), strict=True):
        if all(why):
            raise ConceptfreqError(
                f"report.samples.without: no search can tell whether a sample of {corpus} holds '{name}' ({why[0]})"
            )


def _draw_stretch(corpus: str, found: LaidOut, asked: Inquiry, question: _Question, drawn: _Drawn) -> None:
    """Add the samples of a stretch whose lots are the first of their concept.

    If something shall not be shown, a sample must have been looked at by every search, and none may find it there.
    """
    thresholds = (ANY_SCORE,) if question.threshold is None else (ANY_SCORE, question.threshold)
    searches = replace(asked.searches, thresholds=thresholds)
    held = {(one.search, one.threshold): one.held for one in searches.held_in(found)}
    number, sample = held[question.search, question.threshold].concepts.split()
    shown = np.ones(found.places.samples, bool)
    if question.without:
        looked = [held[half, None if half == "text" else ANY_SCORE] for half in question.halves]
        shown = np.logical_and.reduce([one.usable for one in looked])
        _hide(shown, np.concatenate([one.concepts.codes for one in looked]), question, drawn.hidden)
    kept = (number < len(question.concepts)) & shown[sample]
    _add_first(corpus, found.places, number[kept], sample[kept], question, drawn)


def _hide(shown: Flags, codes: Integers, question: _Question, hidden: Counter[str]) -> None:
    """Take away the samples that hold what shall not be shown, and count them. codes: those of all searches."""
    number, sample = np.divmod(distinct(codes), len(shown))
    ours = number >= len(question.concepts)
    shown[sample[ours]] = False
    counts = np.bincount(number[ours] - len(question.concepts), minlength=len(question.without))
    hidden.update(dict(zip(question.without, counts.tolist(), strict=True)))


def _add_first(
    corpus: str, places: Places, number: Integers, sample: Integers, question: _Question, drawn: _Drawn
) -> None:
    """Add the first by lot of these pairs of a concept and a sample."""
    shard = places.shard_of[sample]
    ordinal = sample - places.firsts[shard]
    lots = lots_of(question.seed, corpus, places.shards, shard, ordinal)
    order = np.lexsort((lots, number))
    rank = np.arange(len(order)) - np.searchsorted(number[order], number[order])
    for at in order[rank < question.per_concept].tolist():
        key = corpus, places.shards[shard[at]], int(ordinal[at])
        drawn.lots[question.concepts[number[at]]].append((int(lots[at]), key))


def _stored(
    context: Context, keys: set[SampleKey], fingerprints: Mapping[tuple[str, str], str]
) -> tuple[StripSample, ...]:
    """What is stored of these samples, by corpus, shard and ordinal."""
    rows = []
    for name in sorted({corpus for corpus, _, _ in keys}):
        wanted = named_samples(name, [(shard, ordinal) for corpus, shard, ordinal in keys if corpus == name])
        rows += stored_rows(context, [context.settings.corpus(name)], [wanted]).to_pylist()
    return tuple(
        StripSample(
            key=(row["corpus"], row["shard"], row["ordinal"]),
            sample=row["sample"],
            caption=row["caption"],
            image=image_place(row),
            fingerprint=fingerprints[row["corpus"], row["shard"]],
        )
        for row in rows
    )
