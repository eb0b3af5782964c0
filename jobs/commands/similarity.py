"""`similarity`: how near test images lie to a corpus, and the law beside that nearness."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.commands.row_output import check_output, emit, emit_file
from jobs.core.context import Context
from jobs.core.session import open_for_work
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.settings.settings import Settings
from jobs.similarity.fits import SIMILARITY_ROWS, fits_beside_similarity
from jobs.similarity.labelled_sets import check_settings, labelled_sets
from jobs.similarity.nearest_samples import IMAGES, nearest_rows, stored_embeddings
from jobs.stages.inputs import check_inputs

log = logging.getLogger(__name__)


def similarity(settings: Settings, arguments: Namespace) -> int:
    """Write one row per fit and slope to stdout, and with `--images` one per test image and corpus to a file.

    Raises ConceptfreqError if a corpus has no embeddings, or if no fit has concepts with test images.
    """
    check_settings(settings)
    corpora = settings.chosen(arguments.corpus)
    check_output(arguments.format, arguments.output)
    if arguments.images:
        check_output("csv", arguments.images)
    if settings.fit is None:
        raise SettingsError(f"{settings.name}: the law beside similarity needs the section 'fit'")
    context = Context(settings, open_for_work(settings), "similarity", listings=check_inputs(settings, ["evaluate"]))
    stored = [stored_embeddings(context, corpus) for corpus in corpora]
    items = under_first_protocol(fit_inputs(context, corpora))
    sets = list(labelled_sets(context))
    rows = {one.corpus: [row for of_set in sets for row in nearest_rows(context.lake, one, of_set)] for one in stored}
    if arguments.images:
        emit_file([row for of_corpus in rows.values() for row in of_corpus], IMAGES, arguments.images)
    refused: list[str] = []
    found = list(fits_beside_similarity(context, items, rows, refused))
    for reason in refused:
        log.warning("%s", reason)
    if not found:
        raise ConceptfreqError(f"{settings.name}: no fit beside similarity: {refused[-1] if refused else 'no fits'}")
    emit([row for one in found for row in one.rows], SIMILARITY_ROWS, arguments.format, arguments.output)
    for one in found:
        log.info("%s", one)
    return 0
