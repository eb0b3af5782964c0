"""The names of which concepts are made, as a report's cards show them, with the samples of each if that is cheap."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from jobs.analysis.search_words import above
from jobs.concepts.of_run import run_lists
from jobs.core.context import Context
from jobs.core.reading import driver_reads
from jobs.errors import ConceptfreqError
from jobs.results.samples.indexed import answering_shards, chosen_threshold, searched_halves
from jobs.results.samples.parts import count_parts, parts_of
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search

log = logging.getLogger(__name__)

# The most parts, and the largest corpus, that a report counts: both together took 2 s of one core (busy machine).
PARTS: Final = 1_000
SAMPLES: Final = 250_000

# The concept, the part, and the name of which it tells, as columns of `jobs.results.samples.parts.PARTS`.
CardPart = tuple[str, str, str | None]


@dataclass(frozen=True)
class CardParts:
    """The parts of concepts that are more than their names, without the whole.

    counts: for each search that was asked, in words, the samples of each part; None if it cannot answer it.
    """

    parts: tuple[CardPart, ...] = ()
    counts: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)


def card_parts(context: Context) -> CardParts:
    """The parts of the settings' concepts, counted by the first search of the settings in each corpus that is small."""
    settings = context.settings
    concepts, definitions = run_lists(settings)
    parts = tuple(
        (one.concept, one.part, one.name)
        for name in concepts
        if name in definitions
        for one in parts_of(definitions[name])
        if one.part != "concept"
    )
    if not 0 < len(parts) <= PARTS:
        return CardParts(parts)
    return CardParts(parts, dict(found for corpus in settings.corpora if (found := _counted(context, corpus))))


def _counted(context: Context, corpus: Corpus) -> tuple[str, tuple[int | None, ...]] | None:
    """The search in words, and the samples of the parts in their order; None for a large corpus, or one not counted."""
    search: Search = "text" if context.settings.captions else "image"
    threshold = chosen_threshold(context.settings, search, None)
    try:
        units = answering_shards(context, corpus, searched_halves(context, search))
        if sum(unit.work for unit in units) > SAMPLES or not driver_reads(context.lake, units):
            return None
        table = count_parts(context, corpus, search, threshold, None)
    except ConceptfreqError as error:
        log.warning("report: the parts of concepts are not counted: %s", error)
        return None
    rows = zip(table["part"].to_pylist(), table["frequency"].to_pylist(), strict=True)
    counts = tuple(frequency for part, frequency in rows if part != "concept")
    return f"{corpus.name}, {above(f'{search} search', threshold)}", counts
