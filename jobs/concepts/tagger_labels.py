"""The labels of a shard's tags; the fingerprint of the image stage tells them apart from the input.

If only the labels have changed, tags are made again from stored embeddings and no image is opened.
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

# At least so many stored embeddings are scored in the time of one image's decode and forward: a row takes 0.06 ms of a
# core with 1,000 labels (0.2 ms with 4,029; 512 numbers, batches of 32) and Spark's share, an image 20 ms or more.
SCORED_PER_IMAGE = 50


def with_labels(units: Sequence[Unit], labels: Sequence[str]) -> tuple[Unit, ...]:
    """The units with a fingerprint of their input and of the labels."""
    return tuple(replace(unit, fingerprint=str(TagFingerprint.made_for(unit, labels))) for unit in units)


def to_score_again(units: Sequence[Unit], finished: Mapping[str, Mapping[str, Any]]) -> list[Unit]:
    """The `units` that are done with the same input but other labels; their work is that of scoring alone.

    `finished` has the ledger's rows of shards that are done.
    """
    return [
        replace(unit, work=max(1, unit.work // SCORED_PER_IMAGE))
        for unit in units
        if unit.shard in finished and _only_labels_differ(unit.fingerprint, finished[unit.shard]["fingerprint"])
    ]


def _only_labels_differ(wanted: str, done: str) -> bool:
    return TagFingerprint.parse(wanted).differs_in_labels_alone(TagFingerprint.parse(done))


def same_input(old: str, new: str) -> str:
    """A fingerprint that is true of old and new rows: if both have labels and one input, that input without labels.

    So rows that were being tagged again when a run was killed are tagged from stored embeddings by the next one too.
    """
    before = TagFingerprint.parse(old)
    same = before.labels is not None and before.input == TagFingerprint.parse(new).input
    return str(replace(before, labels="")) if same else ""


def tagger_labels(images: Images, settings: Settings) -> tuple[str, ...]:
    """The labels of an open-vocabulary tagger: the run's concepts. Other taggers bring their own labels."""
    if images.tagger is None or images.tagger.kind != "clip":
        return ()
    return tuple(run_concepts(settings))


def image_units(context: Context, corpus: Corpus) -> tuple[Unit, ...]:
    """The units of image search. A softmax changes with each label, so the fingerprints cover the labels too."""
    labels = tagger_labels(images_section(context.settings), context.settings)
    units = sample_units(context, corpus)
    return with_labels(units, labels) if labels else units
