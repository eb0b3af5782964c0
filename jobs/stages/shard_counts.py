"""A wave's rows of the table shard_counts: what stored rows answer, counted stretch by stretch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from pyspark.sql import DataFrame

from jobs.concepts.asking import ask_captions, ask_images
from jobs.concepts.questions import Questions, tag_labels
from jobs.concepts.stored_queries import text_queries
from jobs.core.context import Context
from jobs.core.stretches import Stored, map_stretches
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from udfs.counting.per_shard import COUNTS, CountTask
from udfs.counting.text_queries import TextQueries


class ShardCounts:
    """Counts waves of a corpus in the `halves` that the settings search, text or image, under the specs of the counts.

    The queries are made once, with the first wave.
    """

    def __init__(
        self,
        context: Context,
        corpus: Corpus,
        halves: Collection[str],
        asked: Questions,
        specs: Mapping[str, Spec],
    ) -> None:
        self._context = context
        self._corpus = corpus
        self._halves = halves
        self._asked = asked
        self._specs = specs
        self._stored: list[Stored] = []
        self._text: TextQueries | None = None

    def of_wave(self, wave: Sequence[Unit]) -> DataFrame:
        """The frame of a wave's counts: columns of the table without corpus."""
        if not self._stored:
            if "text" in self._halves:
                queries = list(text_queries(self._context, self._corpus, self._asked).values())
                self._stored, self._text = ask_captions(self._context, self._corpus, queries)
            if "image" in self._halves:
                self._stored = [*self._stored, ask_images(self._context, self._corpus, self._labels())]
        return map_stretches(self._context.lake, self._stored, wave, self._task(), COUNTS)

    def _labels(self) -> dict[str, list[int]]:
        """The numbers of the concepts for which each label stands."""
        number_of = {concept: number for number, concept in enumerate(self._asked.concepts)}
        labels = tag_labels(self._context.settings, self._asked)
        return {name: [number_of[one] for one in labels[name]] for name in labels}

    def _task(self) -> CountTask:
        own, images = self._asked.run_concepts, self._context.settings.images
        return CountTask(
            concepts=tuple(self._asked.concepts),
            run_concepts=np.fromiter((one in own for one in self._asked.concepts), bool, len(self._asked.concepts)),
            thresholds=self._asked.thresholds,
            specs={search: spec.id for search, spec in self._specs.items()},
            text=self._text,
            images="image" in self._halves,
            score_type=images.tagger.score_type if images and images.tagger else "float32",
        )
