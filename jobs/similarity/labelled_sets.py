"""The images of the evaluated classification sets, embedded as the stage `images` embeds those of the corpora."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.lists import list_names
from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.core.sections import embedder_config, image_policy, images_section, tagger_config
from jobs.errors import SettingsError
from jobs.settings.corpora import EvaluationSet
from jobs.settings.image_search import Images
from jobs.settings.settings import Settings
from jobs.stages.measurements import placed_samples
from udfs.statuses import OK

if TYPE_CHECKING:
    from udfs.images.labelled_images import EmbedLabelledTask

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelledSet:
    """The usable images of a set, as rows of LABELLED by shard and sample."""

    name: str
    images: pa.Table


def check_settings(settings: Settings) -> list[EvaluationSet]:
    """The sets whose images have classes. Raises SettingsError if there is none, or no embedder."""
    if settings.images is None or settings.images.embedder is None:
        raise SettingsError(
            f"{settings.name}: similarity needs embeddings of the corpus: name a model as `images.embedder`, and run "
            "`conceptfreq images`"
        )
    sets = settings.evaluate.sets if settings.evaluate else []
    labelled = [one for one in sets if one.task == "classification"]
    if not labelled:
        raise SettingsError(f"{settings.name}: similarity needs a classification set among `evaluate.sets`")
    return labelled


def labelled_sets(context: Context) -> Iterator[LabelledSet]:
    """Each set with its images' embeddings, which the driver holds: 100 MB for 10^5 images of 512 numbers."""
    settings = images_section(context.settings)
    for one in check_settings(context.settings):
        listing = context.listings.of(one)
        names = list_names(context.settings.concept_list(one.concepts))
        task = _make_task(settings, listing.root, names)
        yield _collected(context, one, task)


def _collected(context: Context, one: EvaluationSet, task: EmbedLabelledTask) -> LabelledSet:
    from udfs.images.labelled_images import LABELLED

    rows = placed_samples(context, one, context.listings.of(one)).select("shard", "sample", "caption", "image")
    found = rows.mapInArrow(task, spark_schema(LABELLED)).toArrow()
    statuses = Counter(found["status"].to_pylist())
    unusable = found.num_rows - statuses[OK]
    if unusable:
        reasons = ", ".join(f"{status} {count}" for status, count in sorted(statuses.items()) if status != OK)
        log.warning("%s: %d of %d images cannot be compared: %s", one.name, unusable, found.num_rows, reasons)
    usable = found.filter(pc.field("status") == OK)
    return LabelledSet(one.name, usable.sort_by([("shard", "ascending"), ("sample", "ascending")]))


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
