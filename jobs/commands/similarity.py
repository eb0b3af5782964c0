"""`similarity`: how near test images lie to a corpus, and the law beside that nearness."""

from __future__ import annotations

import logging
from argparse import Namespace
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.commands.figure_output import check_figure, write_figure
from jobs.commands.row_output import check_output, emit, emit_file
from jobs.core.context import Context
from jobs.core.listing import Listings
from jobs.core.session import open_for_work
from jobs.errors import SettingsError
from jobs.results.fits.beside_similarity import SIMILARITY_ROWS, SimilarityOfFit, compared_similarity
from jobs.results.fits.similarities import STAGE, stored_similarities
from jobs.results.fits.tracked_metrics import fit_name
from jobs.settings.settings import Settings
from jobs.stages.inputs import asked_sets, check_similarity
from jobs.stages.run import run

log = logging.getLogger(__name__)

# A row of `nearest_samples`, but for its spec and its status.
IMAGES = pa.schema(
    [
        *((name, pa.string()) for name in ("corpus", "set", "concept", "shard", "sample")),
        ("similarity", pa.float64()),
        ("nearest_shard", pa.string()),
        ("nearest_sample", pa.string()),
    ]
)


def similarity(settings: Settings, arguments: Namespace) -> int:
    """Compare what is not compared yet; write one row per fit and slope, and on request images and figures to files.

    Raises ConceptfreqError if no fit has concepts with test images that are compared with its corpus.
    """
    asked_sets(settings)
    corpora = settings.chosen(arguments.corpus)
    check_output(arguments.format, arguments.output)
    if arguments.images:
        check_output("csv", arguments.images)
    if settings.fit is None:
        raise SettingsError(f"{settings.name}: the law beside similarity needs the section 'fit'")
    if arguments.figures:
        check_figure(str(Path(arguments.figures, "similarity.svg")))
    named = settings.model_copy(update={"corpora": corpora})
    listings = Listings()
    check_similarity(named, listings)
    context = Context(named, open_for_work(settings), "similarity", listings=listings)
    result = run(context, [STAGE])
    if arguments.images:
        emit_file(_images(context), IMAGES, arguments.images)
    found = compared_similarity(context, corpora)
    emit([row for one in found for row in one.rows], SIMILARITY_ROWS, arguments.format, arguments.output)
    for one in found:
        log.info("%s", one)
        if arguments.figures:
            _draw(one, arguments.figures)
    return 0 if result.succeeded else 1


def _images(context: Context) -> list[dict[str, Any]]:
    return [
        {"corpus": corpus.name, **row}
        for corpus in context.settings.corpora
        for row in stored_similarities(context, corpus).rows
    ]


def _draw(one: SimilarityOfFit, folder: str) -> None:
    # matplotlib takes most of a second to import.
    from jobs.figures.similarity import similarity_figure

    item = one.item
    figure = similarity_figure(
        item.frequency, one.means, item.score, one.found, one.image_bands, item.title, item.metric_title,
        item.protocol.zero_becomes,
    )  # fmt: skip
    write_figure(figure, str(Path(folder, f"{fit_name(item)}.corpus-{item.corpus}.svg")), item.title)
