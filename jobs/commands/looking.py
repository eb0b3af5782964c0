"""`nouns` and `tag`: what the executors would find, in this process; no lake and no Spark."""

from __future__ import annotations

import csv
import json
import logging
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.core.concepts import run_concepts
from jobs.core.errors import SettingsError
from jobs.core.lineage import captions_section, images_section, naming, noun_engine, tagger_config
from jobs.core.settings import Settings
from udfs.statuses import FETCH_ERROR, OK

if TYPE_CHECKING:
    from udfs.images.batching import Models
    from udfs.images.decoding import ImagePolicy

log = logging.getLogger(__name__)


def nouns(settings: Settings, arguments: Namespace) -> int:
    """One caption a line in, one JSON list of its nouns a line out, sorted, each once."""
    from udfs.shards.captions import clean_caption
    from udfs.text.lean import import_spacy
    from udfs.text.nouns import noun_set

    captions = captions_section(settings)
    if arguments.engine:
        captions = captions.model_copy(update={"engine": arguments.engine})
    import_spacy(captions.pipeline)
    engine = noun_engine(captions)
    log.info("nouns by %s", engine.note)
    match = "paper" if captions.match == "paper" else "strict"
    texts = ((clean_caption(line)[0] or "")[: captions.max_characters] for line in _lines(arguments.file))
    for found in engine.find(texts):
        print(json.dumps(sorted(noun_set(found, match)), ensure_ascii=False))
    return 0


def _lines(file: str) -> Iterator[bytes]:
    """Lines without their ends; bytes, so that a wrong encoding is the caption cleaner's to handle."""
    if file == "-":
        stream = sys.stdin.buffer
        yield from (line.rstrip(b"\r\n") for line in stream)
        return
    try:
        with Path(file).open("rb") as stream:
            yield from (line.rstrip(b"\r\n") for line in stream)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror})") from None


def tag(settings: Settings, arguments: Namespace) -> int:
    """Images in, CSV out: path, status, concept, score; every score above the floor (0: all), or the status of a
    reject.
    """
    from udfs.images.batching import load_models
    from udfs.images.decoding import ImagePolicy

    images = images_section(settings)
    if images.tagger is None:
        raise SettingsError(f"{settings.name}: tagging needs the section 'images.tagger'")
    floor = images.tagger.floor if arguments.floor is None else arguments.floor
    # Scores may underflow to 0, and are kept strictly above the floor: all of them are above this one.
    floor = floor or -1.0
    labels = tuple(run_concepts(settings)) if images.tagger.kind == "clip" else ()
    with naming("images"):
        models = load_models(
            tagger_config(images), None, labels, floor=floor, batch_size=images.batch_size, device=images.device
        )
    policy = ImagePolicy(**images.policy.model_dump())
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("path", "status", "concept", "score"))
    for path in arguments.paths:
        for row in _tags(path, models, policy):
            writer.writerow((path, *row))
    return 0


def _tags(path: str, models: Models, policy: ImagePolicy) -> Iterator[tuple[str, str | None, float | None]]:
    """(status, concept, score) of one image file, best first; one row with its status where there is no score."""
    assert models.tagger is not None
    try:
        prepared = models.prepare(Path(path).read_bytes(), policy)
    except OSError:
        yield FETCH_ERROR, None, None
        return
    if prepared.pixels is None:
        yield prepared.status, None, None
        return
    found = models.forward([prepared.pixels])[0]
    if found.labels is None or found.scores is None or not len(found.labels):
        yield OK, None, None
        return
    for label, score in zip(found.labels.tolist(), found.scores.tolist(), strict=True):
        yield OK, models.tagger.labels[label], score
