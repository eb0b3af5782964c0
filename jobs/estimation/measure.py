"""Measures shards: the stages' own tasks process them in this process, timed by phase; nothing is written.

A shard is read to its end. Only some of its captions and images are processed, and the seconds are scaled to all.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.tagger_labels import tagger_labels
from jobs.core.listing import list_shards, make_reader
from jobs.core.sections import captions_section, images_section, naming
from jobs.errors import SettingsError
from jobs.estimation.observed import Observed
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages import captions, images
from udfs.shards.task import IngestTask
from udfs.statuses import FETCH_ERROR, OK

if TYPE_CHECKING:
    import torch

# Batches of 1,024 captions, drawn from all over the shard: 4,096 captions take about 3 s.
CAPTION_BATCHES = 4
# The least number of images, in whole batches of the model. They are the first of the shard: to reach later ones in a
# .tar.gz or a row group, everything before them must be read, which a run does only once.
IMAGES = 64
# Rows that go through a task before it is timed, because work that a process does once is no cost of the corpus.
WARM_UP = 8

Task = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@dataclass
class ShardSample:
    """The part of a shard that was kept while it was read: numbers of rows, seconds, captions and images to process."""

    rows: int = 0
    usable: int = 0
    seconds: Counter[str] = field(default_factory=Counter)
    captions: list[pa.RecordBatch] = field(default_factory=list)
    images: list[pa.RecordBatch] = field(default_factory=list)


class Bench:
    """The tasks of a corpus's stages, each warmed up once."""

    def __init__(self, settings: Settings, corpus: Corpus, seed: int) -> None:
        self._settings, self._corpus = settings, corpus
        self._root = list_shards(corpus).root
        self._reader = make_reader(corpus)
        self._seed = f"{seed} {corpus.name}"
        self._tasks: dict[str, Task] = {}

    def measure(self, shard: str, stages: Sequence[str]) -> dict[str, Observed] | None:
        """The cost of a shard at these stages; None if it cannot be fetched."""
        part = self._read(shard, self._images_wanted() if "images" in stages else 0)
        if part is None:
            return None
        found = {"ingest": Observed(part.rows, part.seconds, measured=True)}
        if "captions" in stages:
            found["captions"] = self._work("captions", part, part.captions)
        if "images" in stages:
            found["images"] = self._work("images", part, part.images)
        return {stage: found[stage] for stage in stages}

    def _read(self, shard: str, wanted: int) -> ShardSample | None:
        part, random = ShardSample(), Random(f"{self._seed} {shard}")
        for number, batch in enumerate(IngestTask(self._reader, self._root).read(shard)):
            if pc.any(pc.equal(batch.column("status"), FETCH_ERROR)).as_py():
                return None
            usable = batch.filter(pc.equal(batch.column("status"), OK))
            part.rows += batch.num_rows
            part.seconds.update(phases([batch]))
            _keep_some(part.captions, usable.select(["shard", "sample", "ordinal", "caption"]), number, random)
            if part.usable < wanted:
                part.images.append(
                    usable.select(["shard", "sample", "ordinal", "image"]).slice(0, wanted - part.usable)
                )
            part.usable += usable.num_rows
        return part

    def _images_wanted(self) -> int:
        if images_section(self._settings).annotations is not None:
            return IMAGES
        from udfs.images.device.devices import choose_batch_size

        size = choose_batch_size(images_section(self._settings).batch_size, self._device())
        return -(-IMAGES // size) * size

    def _work(self, stage: str, part: ShardSample, batches: Sequence[pa.RecordBatch]) -> Observed:
        """Time a stage's task on some rows of a shard, and scale the seconds to all rows."""
        timed = sum(batch.num_rows for batch in batches)
        if timed == 0:
            return Observed(part.usable, measured=True)
        task = self._tasks.get(stage) or self._warm(stage, batches)
        each = {phase: seconds / timed for phase, seconds in phases(task(iter(batches))).items()}
        seconds = {phase: part.usable * value for phase, value in each.items()}
        return Observed(part.usable, seconds, measured=True, part=timed < part.usable)

    def _warm(self, stage: str, batches: Sequence[pa.RecordBatch]) -> Task:
        task = self._tasks[stage] = self._captions() if stage == "captions" else self._images()
        few = next(batch for batch in batches if batch.num_rows).slice(0, WARM_UP)
        phases(task(iter([few])))
        return task

    def _captions(self) -> Task:
        section = captions_section(self._settings)
        with naming("captions.pipeline"):
            return captions.make_task(section)

    def _images(self) -> Task:
        section = images_section(self._settings)
        return images.make_task(section, self._corpus, self._root, tagger_labels(section, self._settings))

    def _device(self) -> torch.device:
        from udfs.images.device.devices import choose_device
        from udfs.setup_errors import DeviceError

        try:
            return choose_device(images_section(self._settings).device)
        except DeviceError as error:
            raise SettingsError(
                f"images.device: {error}: measure on a machine that has it, or ask for no more --shards than are done"
            ) from None


def phases(batches: Iterable[pa.RecordBatch]) -> Counter[str]:
    """Seconds by phase over the rows of a task's batches."""
    spent: Counter[str] = Counter()
    for batch in batches:
        for seconds in batch.column("seconds").drop_null().to_pylist(maps_as_pydicts="strict"):
            spent.update(seconds)
    return spent


def _keep_some(kept: list[pa.RecordBatch], batch: pa.RecordBatch, number: int, random: Random) -> None:
    """Keep CAPTION_BATCHES of all batches, each with equal probability (reservoir sampling: Vitter, 1985)."""
    if len(kept) < CAPTION_BATCHES:
        kept.append(batch)
    elif (at := random.randrange(number + 1)) < CAPTION_BATCHES:
        kept[at] = batch


@contextmanager
def one_core() -> Iterator[None]:
    """Compute on one core, like a task of one core: outside Spark a stage takes all cores unless it is limited."""
    before = os.environ.get("OMP_NUM_THREADS")
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else 0
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        os.environ.pop("OMP_NUM_THREADS")
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before
        if torch:
            torch.set_num_threads(threads)
