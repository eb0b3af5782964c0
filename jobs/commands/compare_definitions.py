"""`compare-definitions`: which definition of frequency predicts scores best, and the latent frequency behind them."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Sequence

from jobs.commands.figure_output import check_figure, write_figure
from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.errors import ConceptfreqError
from jobs.reproduction.definitions import published_definitions
from jobs.results.fits.compared_definitions import (
    DEFINITION_ROWS,
    LATENT_ROWS,
    DefinitionsOfScores,
    compared_definitions,
    summary,
)
from jobs.results.fits.definitions import (
    ScoredDefinitions,
    chosen_definitions,
    imported_definitions,
    own_definitions,
)
from jobs.results.fits.joined_names import set_key
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

TITLE = "Which definition of frequency predicts best"


def compare(settings: Settings, arguments: Namespace) -> int:
    """Write one row per model and definition; what was not joined is logged, and one sentence of what was found.

    Raises ConceptfreqError if there is nothing to compare.
    """
    check_output(arguments.format, arguments.output)
    if arguments.figure:
        check_figure(arguments.figure)
    if arguments.latent:
        check_output("csv", arguments.latent)
    items = _items(Context.looking(settings, open_lake(settings), "compare-definitions"), arguments)
    for said in dict.fromkeys(line for one in items for line in one.not_joined):
        log.info("%s", said)
    refused: list[str] = []
    found = list(compared_definitions(items, refused))
    for one in dict.fromkeys(refused):
        log.warning("%s", one)
    if not found:
        why = refused[-1] if refused else "no score has a frequency beside it"
        raise ConceptfreqError(f"{settings.name}: no definitions of frequency to compare: {why}")
    emit([row for one in found for row in one.rows], DEFINITION_ROWS, arguments.format, arguments.output)
    _write(found, arguments)
    for size in dict.fromkeys((one.item.corpus, one.compared.concepts, one.compared.sets) for one in found):
        log.info("%s: all definitions are compared over the same %d concepts of %d sets", *size)
    log.info("%s", summary(found))
    return 0


def _items(context: Context, arguments: Namespace) -> list[ScoredDefinitions]:
    given = [*own_definitions(context), *published_definitions(context)]
    if arguments.corpus:
        given = [one for one in given if one.corpus in arguments.corpus]
    if arguments.sets:
        sets = set(map(set_key, arguments.sets.split(",")))
        given = [one.within(sets) for one in given]
    return chosen_definitions(given, imported_definitions(context.lake), arguments.definition or ())


def _write(found: Sequence[DefinitionsOfScores], arguments: Namespace) -> None:
    if arguments.latent:
        # The models of a corpus share the latent frequencies of its concepts.
        of_corpus = {(one.item.corpus, one.item.source): one for one in found}
        rows = [row for one in of_corpus.values() for row in one.latent_rows]
        emit(rows, LATENT_ROWS, "parquet" if arguments.latent.endswith(".parquet") else "csv", arguments.latent)
    if arguments.figure:
        from jobs.figures.definitions import definitions_figure

        panels: dict[str, dict[str, list[tuple[float, float | None]]]] = {}
        for one in found:
            panel = panels.setdefault(f"{one.item.corpus}, {one.compared.concepts:,} concepts", {})
            for of in one.compared.found:
                panel.setdefault(of.definition.name, []).append((of.r2_concepts, of.r2_sets))
        write_figure(definitions_figure(panels, TITLE, summary(found)), arguments.figure, TITLE)
