"""`nouns` and `tag`: find in this process what the executors would find, without a lake or Spark."""

from __future__ import annotations

import csv
import json
import logging
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.commands.caption_lines import caption_lines
from jobs.concepts.tagger_labels import tagger_labels
from jobs.core.sections import captions_section, image_policy, images_section, naming, noun_engine, tagger_config
from jobs.errors import SettingsError
from jobs.results.corpora.reject_reasons import Tally
from jobs.settings.settings import Settings
from jobs.settings.text_search import Captions
from udfs.shards.image_reads import UnreadImage
from udfs.statuses import FETCH_ERROR, OK

if TYPE_CHECKING:
    from udfs.images.feature_rows import FeatureRow
    from udfs.images.running.loaded_models import Models
    from udfs.images.running.pipeline import Content
    from udfs.text.nouns import Nouns

log = logging.getLogger(__name__)


def nouns(settings: Settings, arguments: Namespace) -> int:
    """Read one caption per line, and print its nouns as one JSON list per line, sorted, each once.

    If the match mode does not search in nouns, the terms that its index keeps are printed instead.
    """
    from udfs.text.cleaning import searched_part
    from udfs.text.nouns import noun_set

    captions = captions_section(settings)
    if arguments.engine:
        _refuse_idle_engine(captions)
        captions = captions.model_copy(update={"engine": arguments.engine})
    # Like the paper's nouns, the text keeps its case.
    match = "paper" if captions.match in ("paper", "substring") else "strict"
    lines = caption_lines(arguments.file)
    texts = (searched_part(line, captions.cleans, captions.max_characters)[0] for line in lines)
    for found in _terms(texts, captions):
        print(json.dumps(sorted(noun_set(found, match)), ensure_ascii=False))
    return 0


def _refuse_idle_engine(captions: Captions) -> None:
    """Raise SettingsError if the match mode does not look for nouns, so that no engine can be chosen."""
    from udfs.text.modes import INDEX_OF

    if INDEX_OF[captions.match] != "nouns":
        raise SettingsError(f"--engine: match '{captions.match}' does not look for nouns: leave the option out")


def _terms(texts: Iterator[str], captions: Captions) -> Iterator[Nouns]:
    """The terms that the match mode's index keeps of each text."""
    from udfs.text.modes import INDEX_OF, find_terms

    index = INDEX_OF[captions.match]
    if index != "nouns":
        with naming("captions.pipeline"):
            return find_terms(texts, index, captions.pipeline)
    engine = noun_engine(captions)
    log.info("nouns by %s", engine.note)
    return engine.find(texts)


def tag(settings: Settings, arguments: Namespace) -> int:
    """Read images, and write CSV: path, status, concept, score.

    There is a row for every score above the floor (0: all), or for the status of a reject. The reasons of rejects are
    printed on stderr.
    """
    from udfs.images.device.devices import decode_threads
    from udfs.images.running.loaded_models import load_models
    from udfs.images.running.pipeline import Pipeline

    images = images_section(settings)
    if images.tagger is None:
        raise SettingsError(f"{settings.name}: tagging needs the section 'images.tagger'")
    floor = images.tagger.floor if arguments.floor is None else arguments.floor
    # Only scores strictly above the floor are kept, and scores may underflow to 0. All of them are above this floor.
    floor = floor or -1.0
    labels = tagger_labels(images, settings)
    with naming("images"):
        models = load_models(
            tagger_config(images),
            None,
            labels,
            floor=floor,
            batch_size=images.batch_size,
            device=images.device,
            precision=images.precision,
        )
    policy = image_policy(images)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("path", "status", "concept", "score"))
    pipeline = Pipeline(models, policy, decode_threads(models.device, images.threads))
    tallies: dict[str, Tally] = {}
    for image in pipeline.run(_contents(arguments.paths, policy.max_bytes)):
        for row in _tags(image, models):
            writer.writerow((image.sample, *row))
        if image.status != OK:
            tallies.setdefault(image.status, Tally(image.status)).add(image.detail, image.shard, image.sample)
    for tally in tallies.values():
        for reason in tally.reasons():
            log.warning("%s", reason)
    return 0


def _contents(paths: Sequence[str], most: int) -> Iterator[tuple[FeatureRow, Content]]:
    """Each file with its bytes, or why there are none; one byte more than `most` shows that it is too large."""
    from udfs.images.feature_rows import FeatureRow

    for path in paths:
        try:
            with Path(path).open("rb") as file:
                yield FeatureRow("", path, OK), file.read(most + 1)
        except OSError as error:
            yield FeatureRow("", path, OK), UnreadImage(FETCH_ERROR, str(error))


def _tags(image: FeatureRow, models: Models) -> Iterator[tuple[str, str | None, float | None]]:
    """(status, concept, score) of one image, best first; one row with its status if there is no score."""
    assert models.tagger is not None
    found = image.found
    if found is None or found.labels is None or found.scores is None or not len(found.labels):
        yield image.status, None, None
        return
    for label, score in zip(found.labels.tolist(), found.scores.tolist(), strict=True):
        yield OK, models.tagger.labels[label], score
