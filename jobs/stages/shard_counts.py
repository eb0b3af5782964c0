"""A wave's rows of the table shard_counts.

Executors turn nouns and tags into concepts, and concepts into sums. Concepts are numbers until their names come back at
the end. If text and images are both searched, each half is first turned into lists of concepts per sample. These lists
of integers are then joined by sample within the wave's shards. Nouns and tags never move between executors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.concepts.questions import Questions, tag_labels
from jobs.concepts.stored_queries import text_queries
from jobs.core.context import Context
from jobs.core.frames import of_shards, spark_schema
from jobs.core.stored_rows import map_stored
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from udfs.counting.halves import Finder, ImageHalf, JoinedHalf, TextHalf
from udfs.counting.per_shard import COUNTS, HALF, Bounds, CountTask, HalfTask
from udfs.counting.sums import SUMS, SumTask
from udfs.statuses import USABLE
from udfs.text.matching import make_matcher

# Samples per summing task and per file: a quarter of a million rows with 5,000 concepts.
SUM_SAMPLES = 1_000_000
# The columns of a join, by the names that the halves use.
JOINED: Mapping[str, Finder] = {"text": JoinedHalf("said"), "image": JoinedHalf("seen", "scores")}


@dataclass(frozen=True)
class Half:
    """The stored rows of one half of the samples: the table, its spec, and the ledger's rows by shard."""

    table: str
    columns: tuple[str, ...]
    spec: Spec
    done: Mapping[str, Mapping[str, Any]]

    def usable(self, shard: str) -> int:
        """The number of a shard's samples that the search of this half can use."""
        return sum(count for status, count in self.done[shard]["statuses"].items() if status in USABLE)


class ShardCounts:
    """Counts waves of a corpus, from the halves that the settings search (by search), under the specs of the counts.

    The queries are made once, with the first wave.
    """

    def __init__(
        self,
        context: Context,
        corpus: Corpus,
        halves: Mapping[str, Half],
        asked: Questions,
        specs: Mapping[str, Spec],
    ) -> None:
        self._context = context
        self._corpus = corpus
        self._halves = halves
        self._asked = asked
        self._specs = specs
        self._finders: dict[str, Finder] = {}

    def of_wave(self, wave: Sequence[Unit]) -> DataFrame:
        """The frame of a wave's counts: columns of the table without corpus."""
        if not self._finders:
            self._finders = _finders(self._context, self._corpus, self._asked)
        found = self._joined(wave) if len(self._halves) == 2 else self._single(wave)
        partial = of_shards(found, [unit.shard for unit in wave])
        # The number of parts is given, because AQE would make a single task.
        parts = max(1, -(-sum(unit.work for unit in wave) // SUM_SAMPLES))
        return partial.repartition(parts, "shard").mapInArrow(self._sum_task(), spark_schema(SUMS))

    def _single(self, wave: Sequence[Unit]) -> DataFrame:
        """Partial counts of a single half: only sums move between executors."""
        (search,) = self._halves
        return self._mapped(search, wave, self._count_task(wave, self._finders), COUNTS)

    def _joined(self, wave: Sequence[Unit]) -> DataFrame:
        """Partial counts of both halves."""
        shards = _bounds(wave)
        text = self._mapped("text", wave, HalfTask(shards, self._finders["text"]), HALF)
        image = self._mapped("image", wave, HalfTask(shards, self._finders["image"]), HALF)
        said = text.select("shard", "sample", F.col("concepts").alias("said"))
        seen = image.select("shard", "sample", F.col("concepts").alias("seen"), "scores")
        joined = said.join(seen, ["shard", "sample"], "full_outer").select("shard", "said", "seen", "scores")
        return joined.mapInArrow(self._count_task(wave, JOINED), spark_schema(COUNTS))

    def _mapped(self, search: str, wave: Sequence[Unit], task: CountTask | HalfTask, schema: pa.Schema) -> DataFrame:
        half = self._halves[search]
        keys = ("shard", "sample") if isinstance(task, HalfTask) else ("shard",)
        partitions = {"corpus": self._corpus.name, "spec": half.spec.id}
        stored = self._context.lake, half.table, partitions, [unit.shard for unit in wave]
        columns = (*keys, "status", *half.columns)
        return map_stored(*stored, columns, task, schema, samples=sum(unit.work for unit in wave))

    def _count_task(self, wave: Sequence[Unit], finders: Mapping[str, Finder]) -> CountTask:
        own, images = self._asked.run_concepts, self._context.settings.images
        marked = np.fromiter((concept in own for concept in self._asked.concepts), bool, len(self._asked.concepts))
        return CountTask(
            shards=_bounds(wave),
            run_concepts=marked,
            thresholds=self._asked.thresholds,
            text=finders.get("text"),
            image=finders.get("image"),
            score_type=images.tagger.score_type if images and images.tagger else "float32",
        )

    def _sum_task(self) -> SumTask:
        specs = {search: spec.id for search, spec in self._specs.items()}
        return SumTask(tuple(self._asked.concepts), self._asked.thresholds, specs)


def _finders(context: Context, corpus: Corpus, asked: Questions) -> dict[str, Finder]:
    """The finder of concepts for each half; a concept's number is its place in `asked.concepts`."""
    settings, found = context.settings, dict[str, Finder]()
    if settings.captions:
        queries = list(text_queries(context, corpus, asked).values())
        captions = settings.captions
        found["text"] = TextHalf(make_matcher(queries, captions.match, captions.ignore_case))
    if settings.images and settings.images.tagger:
        number_of = {concept: number for number, concept in enumerate(asked.concepts)}
        labels = tag_labels(settings, asked)
        found["image"] = ImageHalf({name: [number_of[one] for one in labels[name]] for name in labels})
    return found


def _bounds(wave: Sequence[Unit]) -> Bounds:
    return Bounds(min(unit.shard for unit in wave), max(unit.shard for unit in wave))
