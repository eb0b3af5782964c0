"""A wave's rows of the table shard_counts: what stored rows answer, counted stretch by stretch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from jobs.concepts.asking import Inquiry, ask
from jobs.concepts.questions import Questions
from jobs.core.context import Context
from jobs.core.stretches import map_stretches
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from udfs.counting.per_shard import COUNTS, CountTask


class ShardCounts:
    """Counts waves of a corpus in the `halves` that the settings search, text or image, under the specs of the counts.

    The queries are made once, with the first wave.
    """

    def __init__(
        self,
        context: Context,
        corpus: Corpus,
        halves: Collection[str],
        questions: Questions,
        specs: Mapping[str, Spec],
    ) -> None:
        self._context = context
        self._corpus = corpus
        self._halves = halves
        self._questions = questions
        self._specs = {search: spec.id for search, spec in specs.items()}

    def of_wave(self, wave: Sequence[Unit]) -> DataFrame:
        """The frame of a wave's counts: columns of the table without corpus."""
        return map_stretches(self._context.lake, self._asked.stored, wave, self._task, COUNTS)

    @cached_property
    def _asked(self) -> Inquiry:
        concepts = tuple(self._questions.concepts)
        return ask(self._context, self._corpus, self._questions, concepts, self._halves)

    @cached_property
    def _task(self) -> CountTask:
        concepts, own = self._questions.concepts, self._questions.run_concepts
        flags = np.fromiter((one in own for one in concepts), bool, len(concepts))
        return CountTask(pa.array(concepts, pa.string()), flags, self._specs, self._asked.searches)
