"""The images of a classification set, embedded as the stage `images` embeds those of the corpora."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.lists import list_names
from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.core.sections import embedder_config, image_policy, images_section, tagger_config
from jobs.settings.corpora import EvaluationSet
from jobs.settings.image_search import Images
from jobs.stages.measurements import placed_samples, unread
from udfs.statuses import OK

if TYPE_CHECKING:
    from udfs.images.labelled_images import EmbedLabelledTask

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelledSet:
    """The images of a set that could be read, as rows of LABELLED by shard and sample.

    statuses: how many there are of each, with what is no sample of the set.
    """

    images: pa.Table
    statuses: Mapping[str, int]

    @property
    def usable(self) -> pa.Table:
        """The images that have an embedding."""
        return self.images.filter(pc.field("status") == OK)


def embedded_set(context: Context, one_set: EvaluationSet) -> LabelledSet:
    """A set with its images' embeddings, which the driver holds: 100 MB for 10^5 images of 512 numbers.

    Images that cannot be compared are told by their status.
    """
    from udfs.images.labelled_images import LABELLED

    listing = context.listings.of(one_set)
    names = list_names(context.settings.concept_list(one_set.concepts))
    task = _make_task(images_section(context.settings), listing.root, names)
    rows = placed_samples(context, one_set, listing).select("shard", "sample", "caption", "image")
    found = rows.mapInArrow(task, spark_schema(LABELLED)).toArrow()
    statuses = Counter(found["status"].to_pylist())
    unusable = found.num_rows - statuses[OK]
    if unusable:
        reasons = ", ".join(f"{status} {count}" for status, count in sorted(statuses.items()) if status != OK)
        log.warning("%s: %d of %d images cannot be compared: %s", one_set.name, unusable, found.num_rows, reasons)
    statuses.update(unread(context, one_set, listing))
    return LabelledSet(found.sort_by([("shard", "ascending"), ("sample", "ascending")]), statuses)


def _make_task(settings: Images, root: str, names: tuple[str, ...]) -> EmbedLabelledTask:
    """The executor's task. Only this function imports torch."""
    from udfs.images.labelled_images import EmbedLabelledTask
    from udfs.images.models.taggers.registry import safe_in_half

    precision = settings.precision
    # Beside such a tagger the embedder computes in float32 too.
    if precision == "auto" and settings.tagger and not safe_in_half(tagger_config(settings)):
        precision = "float32"
    return EmbedLabelledTask(
        root=root,
        embedder=embedder_config(settings),
        names=names,
        policy=image_policy(settings),
        device=settings.device,
        batch_size=settings.batch_size,
        precision=precision,
    )
