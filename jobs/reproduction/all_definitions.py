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
from jobs.results.fits.joint_definitions import JointOfDefinitions, joint_of_definitions

log = logging.getLogger(__name__)


def compare_all(
    context: Context,
    corpora: Collection[str] = (),
    sets: Collection[str] = (),
    definitions: Collection[str] = (),
    without_zeros: bool = False,
) -> list[DefinitionsOfScores]:
    """The definitions of each model's scores; only of some corpora, sets or definitions, if any are named.

    without_zeros: only over concepts that every one of these definitions finds.
    What does not join, and what cannot be compared, is logged. Raises SettingsError for an unknown definition, and
    ConceptfreqError if there is nothing to compare.
    """
    refused: list[str] = []
    items = scored_definitions(context, corpora, sets, definitions)
    found = list(compared_definitions([one.without_zeros for one in items] if without_zeros else items, refused))
    _tell(context, "to compare", bool(found), refused)
    return found


def joint_all(context: Context, definitions: Collection[str]) -> list[JointOfDefinitions]:
    """Two definitions at once for each model's scores. Raises as `compare_all`."""
    refused: list[str] = []
    found = list(joint_of_definitions(scored_definitions(context, (), (), definitions), refused))
    _tell(context, "to fit at once", bool(found), refused)
    return found


def _tell(context: Context, wanted: str, found: bool, refused: list[str]) -> None:
    """Log what cannot be done. Raises ConceptfreqError if nothing was found."""
    for one in dict.fromkeys(refused):
        log.warning("%s", one)
    if not found:
        why = refused[-1] if refused else "no score has a frequency beside it"
        raise ConceptfreqError(f"{context.settings.name}: no definitions of frequency {wanted}: {why}")


def scored_definitions(
    context: Context, corpora: Collection[str], sets: Collection[str], definitions: Collection[str]
) -> list[ScoredDefinitions]:
    """The models' scores with the definitions of their corpora; what does not join is logged."""
    given = [*own_definitions(context), *published_definitions(context)]
    if corpora:
        given = [one for one in given if one.corpus in corpora]
    if sets:
        keys = set(map(set_key, sets))
        given = [one.within(keys) for one in given]
    items = chosen_definitions(given, imported_definitions(context.lake), definitions)
    for said in dict.fromkeys(line for one in items for line in one.not_joined):
        log.info("%s", said)
    return items
