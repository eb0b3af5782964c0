"""`compare-definitions`: which definition of frequency predicts scores best, and the latent frequency behind them."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Sequence

from jobs.commands.figure_output import check_figure, write_figure
from jobs.commands.row_output import check_output, emit, emit_file
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.reproduction.all_definitions import compare_all
from jobs.results.fits.compared_definitions import (
    DEFINITION_ROWS,
    LATENT_ROWS,
    DefinitionsOfScores,
    latent_rows,
    summary,
)
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
    sets = arguments.sets.split(",") if arguments.sets else ()
    context = Context.looking(settings, open_lake(settings), "compare-definitions")
    found = compare_all(
        context, arguments.corpus or (), sets, arguments.definition or (), without_zeros=arguments.without_zeros
    )
    emit([row for one in found for row in one.rows], DEFINITION_ROWS, arguments.format, arguments.output)
    _write(found, arguments)
    for size in dict.fromkeys((one.item.corpus, one.compared.concepts, one.compared.sets) for one in found):
        log.info("%s: all definitions are compared over the same %d concepts of %d sets", *size)
    log.info("%s", summary(found))
    return 0


def _write(found: Sequence[DefinitionsOfScores], arguments: Namespace) -> None:
    if arguments.latent:
        emit_file(latent_rows(found), LATENT_ROWS, arguments.latent)
    if arguments.figure:
        from jobs.figures.definitions import definitions_figure

        panels: dict[str, dict[str, list[tuple[float, float | None]]]] = {}
        for one in found:
            panel = panels.setdefault(f"{one.item.corpus}, {one.compared.concepts:,} concepts", {})
            for of in one.compared.found:
                panel.setdefault(of.definition.name, []).append((of.r2_concepts, of.r2_sets))
        write_figure(definitions_figure(panels, TITLE, summary(found)), arguments.figure, TITLE)
