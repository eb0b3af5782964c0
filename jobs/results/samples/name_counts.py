"""How many samples of some corpora hold each of some names, whether they are on a list or not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from jobs.concepts.asking import ask
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.core.sections import naming
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.samples.held_sums import sum_held
from jobs.results.samples.indexed import answering_shards, chosen_threshold, searched_halves
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search, Settings
from udfs.counting.capped import HeldTask

log = logging.getLogger(__name__)


def counts_if_indexed(
    settings: Settings,
    opened: Callable[[], Context],
    names: Sequence[str],
    search: Search,
    threshold: float | None,
    corpus: str | None = None,
) -> dict[str, int | None]:
    """`count_names` over one corpus or all; nothing, with the reason in the log, if no samples are indexed.

    opened: gives the lake's context; it is not called if the settings name no corpus or no search.
    """
    if not settings.corpora or not settings.searches:
        return {}
    chosen = chosen_threshold(settings, search, threshold)
    try:
        return count_names(opened(), settings.chosen(corpus), names, search, chosen)
    except SettingsError:
        raise
    except ConceptfreqError as error:
        log.info("no frequencies: %s", error)
        return {}


def count_names(
    context: Context, corpora: Sequence[Corpus], names: Sequence[str], search: Search, threshold: float | None
) -> dict[str, int | None]:
    """The frequency of each name over all these corpora; None if one of them cannot answer it.

    threshold: the score must be above it; None for text. Raises SettingsError if the settings lack the search, and
    ConceptfreqError if a corpus is not indexed.
    """
    halves = searched_halves(context, search)
    found: dict[str, int | None] = {name: 0 for name in names}
    for corpus in corpora:
        asked = replace(questions(context, corpus), definitions={})
        with naming("images.tagger"):
            given = ask(context, corpus, asked, names, halves)
        task = HeldTask(given.searches.at(threshold), search)
        held = sum_held(context.lake, given.stored, answering_shards(context, corpus, halves), task)
        for number, (name, reason) in enumerate(zip(names, given.reasons(search), strict=True)):
            before = found[name]
            found[name] = None if reason or before is None else before + held.get(number, 0)
    return found
