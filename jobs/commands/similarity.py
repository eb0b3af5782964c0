"""`similarity`: how near test images lie to a corpus, and the law beside that nearness."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.commands.row_output import check_output, emit, emit_file
from jobs.core.context import Context
from jobs.core.session import open_for_work
from jobs.settings.settings import Settings
from jobs.similarity.compared import check_similarity, compare_similarity
from jobs.similarity.fits import SIMILARITY_ROWS
from jobs.similarity.nearest_samples import IMAGES

log = logging.getLogger(__name__)


def similarity(settings: Settings, arguments: Namespace) -> int:
    """Write one row per fit and slope to stdout, and with `--images` one per test image and corpus to a file.

    Raises ConceptfreqError if a corpus has no embeddings, or if no fit has concepts with test images.
    """
    corpora = settings.chosen(arguments.corpus)
    check_output(arguments.format, arguments.output)
    if arguments.images:
        check_output("csv", arguments.images)
    listings = check_similarity(settings)
    found = compare_similarity(Context(settings, open_for_work(settings), "similarity", listings=listings), corpora)
    if arguments.images:
        emit_file(found.images, IMAGES, arguments.images)
    for reason in found.refused:
        log.warning("%s", reason)
    emit(list(found.rows), SIMILARITY_ROWS, arguments.format, arguments.output)
    for one in found.fits:
        log.info("%s", one)
    return 0
