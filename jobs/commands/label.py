"""The subcommand `label`: pairs of a concept and a sample, drawn to be judged, as a page or as rows."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.commands.row_output import check_output, emit, write_page
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.report_page.label_page import render_labels
from jobs.results.labels.asked_pairs import judged_half
from jobs.results.labels.corpora_drawn import all_pictures, draw_corpora
from jobs.results.labels.drawn_pairs import TO_LABEL
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
    drawn = draw_corpora(context, judged, arguments.pairs, arguments.corpus, arguments.list, arguments.seed)
    if not is_page:
        emit([one.row for one in drawn.pairs], TO_LABEL, arguments.format, arguments.output)
        return 0 if drawn.pairs else 1
    drawn.require_pairs(settings.name)
    seen = None if arguments.no_images else all_pictures(context, drawn)
    page = render_labels(settings.name, drawn.pairs, seen)
    if len(page) > LARGE:
        log.warning("the page has %d MB: ask for fewer --pairs, or for --no-images", len(page) >> 20)
    write_page(page, arguments.output)
    log.info("the page is in %s: open it in a browser, judge, and save the CSV", arguments.output)
    return 0
