"""The labels that a shard's tags were made for, told apart from its input in the fingerprint of the image stage.

Where only the labels have changed, tags are made again from stored embeddings and no image is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobs.concepts.fingerprints import TagFingerprint
from jobs.concepts.of_run import run_concepts
from jobs.core.context import Context
from jobs.core.sections import images_section
from jobs.core.units import sample_units
from jobs.lake.ledger import Unit
from jobs.settings.corpora import Corpus
from jobs.settings.image_search import Images
from jobs.settings.settings import Settings

# How many stored embeddings are scored in the time of an image's decode and forward, at least: 0.06 ms of a core a row
# with 1,000 labels (0.2 ms with 4,029; 512 numbers, batches of 32) and what Spark adds, against 20 ms and more.
SCORED_PER_IMAGE = 50


def with_labels(units: Sequence[Unit], labels: Sequence[str]) -> tuple[Unit, ...]:
    """The units with fingerprints of their input and of the labels."""
    return tuple(replace(unit, fingerprint=str(TagFingerprint.made_for(unit, labels))) for unit in units)


def to_score_again(units: Sequence[Unit], finished: Mapping[str, Mapping[str, Any]]) -> list[Unit]:
    """Those of `units` that are done with the same input and other labels, with the work of scoring alone.

    `finished` holds the ledger's rows of shards that are done.
    """
    return [
        replace(unit, work=max(1, unit.work // SCORED_PER_IMAGE))
        for unit in units
        if unit.shard in finished and _only_labels_differ(unit.fingerprint, finished[unit.shard]["fingerprint"])
    ]


def _only_labels_differ(wanted: str, done: str) -> bool:
    return TagFingerprint.parse(wanted).differs_in_labels_alone(TagFingerprint.parse(done))


def tagger_labels(images: Images, settings: Settings) -> tuple[str, ...]:
    """The names that an open-vocabulary tagger is asked for: the run's concepts. Others bring their own labels."""
    if images.tagger is None or images.tagger.kind != "clip":
        return ()
    return tuple(run_concepts(settings))


def image_units(context: Context, corpus: Corpus) -> tuple[Unit, ...]:
    """The units of image search. A softmax over labels changes with each of them: fingerprints tell them too."""
    labels = tagger_labels(images_section(context.settings), context.settings)
    units = sample_units(context, corpus)
    return with_labels(units, labels) if labels else units
