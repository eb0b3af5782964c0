"""The subcommand `samples`: the samples that hold a concept, as rows, as keys, or as a webdataset of their own."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.analysis.search_words import above
from jobs.commands.sample_output import writer
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.results.samples.drawn_samples import draw, rows_of
from jobs.results.samples.holders import find_holders
from jobs.results.samples.indexed import chosen_threshold
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def samples(settings: Settings, arguments: Namespace) -> int:
    """Write the drawn samples, corpus by corpus; exit status 1 if no sample holds the concept."""
    context = Context.looking(settings, open_lake(settings), "samples")
    threshold = chosen_threshold(settings, arguments.search, arguments.threshold)
    corpora = settings.chosen(arguments.corpus)
    question = arguments.concept, arguments.search, threshold, arguments.without
    found = [find_holders(context, corpus, *question) for corpus in corpora]
    for one in found:
        log.info("%s: %d samples hold %s", one.corpus, len(one.shard), _told(arguments, threshold))
    drawn = draw(found, arguments.limit, arguments.seed)
    with writer(arguments.format, arguments.output, lambda corpus: context.listings.of(corpus).root) as write:
        for corpus, one in zip(corpora, drawn, strict=True):
            for batch in rows_of(context, corpus, one):
                write(corpus, batch)
    return 0 if any(len(one.shard) for one in found) else 1


def _told(arguments: Namespace, threshold: float | None) -> str:
    without = f" and not '{arguments.without}'" if arguments.without else ""
    return f"'{arguments.concept}'{without} by {above(arguments.search, threshold)}"
