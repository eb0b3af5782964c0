"""The subcommand `longtail`: the rarest well-defined concepts over several corpora, and the law over them."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.analysis.rarity import RareRules
from jobs.commands.row_output import check_output, emit
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.reproduction.rare_scores import scores_beside
from jobs.results.fits.slopes_of_some import ScoredConcepts
from jobs.results.rare_concepts import DISTRUSTED, RareConcepts, rare_concepts
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def longtail(settings: Settings, arguments: Namespace) -> int:
    """Write one row per chosen concept, the rarest first; exit status 1 if the rules leave none."""
    check_output(arguments.format, arguments.output)
    context = Context.looking(settings, open_lake(settings), "longtail")
    rules = RareRules(arguments.concepts, arguments.found_in, arguments.max_frequency)
    kinds = () if arguments.no_audit else arguments.kind or DISTRUSTED
    question = arguments.search, arguments.threshold, arguments.corpus or ()
    found = rare_concepts(context, *question, rules, kinds)
    scored = scores_beside(context, found)
    emit(list(found.rows(scored)), found.schema, arguments.format, arguments.output)
    _tell(found, scored)
    return 0 if found.chosen else 1


def _tell(found: RareConcepts, scored: list[ScoredConcepts]) -> None:
    corpora = ", ".join(one.title for one in found.corpora)
    log.info("%d of %d concepts that are counted in %s", len(found.chosen), len(found.names), corpora)
    for reason, number in found.found.left_out.items():
        log.info("left out, %s: %d", reason, number)
    chosen = set(found.chosen)
    for one in scored:
        rare = one.of(chosen)
        slopes = [slope.in_brackets() if (slope := part.slope()) else "none" for part in (rare, one)]
        log.info(
            "%s: slope per decade %s over %d of them, %s over all %d",
            one.title, slopes[0], len(rare.names), slopes[1], len(one.names),
        )  # fmt: skip
    if not scored:
        log.info("no score of a concept is in the lake: run `conceptfreq evaluate`, or import published ones")
