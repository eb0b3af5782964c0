"""The subcommand `label`: pairs of a concept and a sample, drawn to be judged, as a page or as rows."""

from __future__ import annotations

import logging
import random
from argparse import Namespace
from itertools import chain

from jobs.commands.row_output import check_output, emit, write_page
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.errors import ConceptfreqError
from jobs.report_page.label_page import render_labels
from jobs.report_page.pictures import Pictures
from jobs.results.labels.asked_pairs import PairCells, ask_pairs, count_cells, judged_half
from jobs.results.labels.drawn_pairs import TO_LABEL, DrawnPair, design, draw_pairs
from jobs.results.labels.pictures import pictures
from jobs.results.samples.indexed import corpora_with_samples
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

PAGE = ".html"
# Characters of a page that browsers still open at once: some 2,500 photos.
LARGE = 50 << 20


def label(settings: Settings, arguments: Namespace) -> int:
    """Write the page to `--output`, or the pairs as rows; exit status 1 if no pair was drawn."""
    is_page = (arguments.output or "").endswith(PAGE)
    check_output("html" if is_page else arguments.format, arguments.output)
    judged = judged_half(settings, arguments.judge)
    context = Context.looking(settings, open_to_read(settings), "label")
    drawn: dict[str, list[DrawnPair]] = {}
    corpora = corpora_with_samples(context, arguments.corpus, "pairs are drawn among samples")
    for corpus in corpora:
        cells = count_cells(context, ask_pairs(context, corpus, judged, arguments.list))
        drawn[corpus.name] = draw_pairs(context, design(cells, arguments.pairs), arguments.seed)
        _tell(cells, drawn[corpus.name])
    pairs = [*chain.from_iterable(drawn.values())]
    # Corpora are mixed, so that nobody judges one after the other.
    random.Random(arguments.seed).shuffle(pairs)
    if not is_page:
        emit([one.row for one in pairs], TO_LABEL, arguments.format, arguments.output)
        return 0 if pairs else 1
    if not pairs:
        raise ConceptfreqError(f"{settings.name}: no pair was drawn: ask for more --pairs")
    seen: Pictures | None = None
    if not arguments.no_images:
        seen = dict(chain.from_iterable(pictures(context, corpus, drawn[corpus.name]) for corpus in corpora))
        log.info("%d of %d images are in the page", sum(isinstance(one, bytes) for one in seen.values()), len(seen))
    page = render_labels(settings.name, pairs, seen)
    if len(page) > LARGE:
        log.warning("the page has %d MB: ask for fewer --pairs, or for --no-images", len(page) >> 20)
    write_page(page, arguments.output)
    log.info("the page is in %s: open it in a browser, judge, and save the CSV", arguments.output)
    return 0


def _tell(cells: PairCells, drawn: list[DrawnPair]) -> None:
    asked, found = cells.asked, int(cells.pairs.sum())
    log.info(
        "%s: %d concepts, %d samples with a usable %s; %d pairs found or scored in %d strata, %d found by nothing;"
        " %d drawn", asked.corpus.name, len(asked.names), cells.samples, asked.judged, found, len(cells.strata),
        cells.unfound, len(drawn),
    )  # fmt: skip
