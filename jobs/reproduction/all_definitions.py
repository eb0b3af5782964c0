"""Every definition of frequency compared: own scores and published ones, with the tables of other groups."""

from __future__ import annotations

import logging
from collections.abc import Collection

from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.reproduction.definitions import published_definitions
from jobs.results.fits.compared_definitions import DefinitionsOfScores, compared_definitions
from jobs.results.fits.definitions import (
    ScoredDefinitions,
    chosen_definitions,
    imported_definitions,
    own_definitions,
)
from jobs.results.fits.joined_names import set_key

log = logging.getLogger(__name__)


def compare_all(
    context: Context, corpora: Collection[str] = (), sets: Collection[str] = (), definitions: Collection[str] = ()
) -> list[DefinitionsOfScores]:
    """The definitions of each model's scores; only of some corpora, sets or definitions, if any are named.

    What does not join, and what cannot be compared, is logged. Raises SettingsError for an unknown definition, and
    ConceptfreqError if there is nothing to compare.
    """
    items = _scored(context, corpora, sets, definitions)
    for said in dict.fromkeys(line for one in items for line in one.not_joined):
        log.info("%s", said)
    refused: list[str] = []
    found = list(compared_definitions(items, refused))
    for one in dict.fromkeys(refused):
        log.warning("%s", one)
    if not found:
        why = refused[-1] if refused else "no score has a frequency beside it"
        raise ConceptfreqError(f"{context.settings.name}: no definitions of frequency to compare: {why}")
    return found


def _scored(
    context: Context, corpora: Collection[str], sets: Collection[str], definitions: Collection[str]
) -> list[ScoredDefinitions]:
    given = [*own_definitions(context), *published_definitions(context)]
    if corpora:
        given = [one for one in given if one.corpus in corpora]
    if sets:
        keys = set(map(set_key, sets))
        given = [one.within(keys) for one in given]
    return chosen_definitions(given, imported_definitions(context.lake), definitions)
