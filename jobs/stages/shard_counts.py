"""A wave's rows of the table shard_counts: what stored rows answer, counted stretch by stretch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from jobs.concepts.asking import Inquiry, ask
from jobs.concepts.questions import Questions
from jobs.core.context import Context
from jobs.core.stretches import Stored, map_stretches
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from jobs.stages.longer_lists import Longer
from udfs.counting.found import COUNTED, FOUND, in_counts
from udfs.counting.per_shard import COUNTS, CountTask
from udfs.stretch_task import Source

# So many counts, if every shard had all concepts, fit the driver. Each takes some 25 bytes, and half of them are there.
FEW_COUNTS = 8_000_000
# A sample seldom holds more concepts.
HELD = 10


class ShardCounts:
    """Counts waves of a corpus in the `halves` that the settings search, text or image, under the specs of the counts.

    Shards that were counted with a shorter list are asked only for what the list has gained, and keep their counts of
    all other concepts. The queries are made once, with the first wave that needs them.
    """

    def __init__(
        self,
        context: Context,
        corpus: Corpus,
        halves: Collection[str],
        questions: Questions,
        specs: Mapping[str, Spec],
        longer: Longer,
    ) -> None:
        self._context = context
        self._corpus = corpus
        self._halves = halves
        self._questions = questions
        self._specs = {search: spec.id for search, spec in specs.items()}
        self._longer = longer

    def of_wave(self, wave: Sequence[Unit]) -> DataFrame:
        """The frame of a wave's counts: columns of the table without corpus."""
        gained = [unit for unit in wave if unit.shard in self._longer.shards]
        whole = [unit for unit in wave if unit.shard not in self._longer.shards]
        frames = [self._of_whole_list(whole)] if whole else []
        frames += [self._of_gained(gained)] if gained else []
        return reduce(DataFrame.unionByName, frames)

    def fit_driver(self, units: Sequence[Unit]) -> bool:
        """Whether the counts of these units fit the driver; a shard has no more of them than concepts."""
        conditions = sum(1 if search == "text" else len(self._questions.thresholds) for search in self._specs)
        most = sum(min(len(self._concepts), HELD * unit.work) for unit in units)
        return conditions * most <= FEW_COUNTS

    def _of_whole_list(self, units: Sequence[Unit]) -> DataFrame:
        asked = self._asked
        return map_stretches(self._context.lake, asked.stored, units, self._task(asked, self._concepts), COUNTS)

    def _of_gained(self, units: Sequence[Unit]) -> DataFrame:
        asked = self._gained
        partitions = {"corpus": self._corpus.name, "spec": list(self._specs.values())}
        columns = ("shard", *(field.name for field in COUNTED))
        stored = (*asked.stored, Stored("shard_counts", partitions, Source(columns, in_counts, FOUND), cuts=False))
        return map_stretches(self._context.lake, stored, units, self._task(asked, self._longer.concepts), COUNTS)

    @property
    def _concepts(self) -> tuple[str, ...]:
        return tuple(self._questions.concepts)

    @cached_property
    def _asked(self) -> Inquiry:
        return self._ask(self._concepts)

    @cached_property
    def _gained(self) -> Inquiry:
        return self._ask(self._longer.concepts)

    def _ask(self, concepts: Sequence[str]) -> Inquiry:
        return ask(self._context, self._corpus, self._questions, concepts, self._halves)

    def _task(self, inquiry: Inquiry, asked: Sequence[str]) -> CountTask:
        concepts, own = self._concepts, self._questions.run_concepts
        flags = np.fromiter((one in own for one in concepts), bool, len(concepts))
        names = pa.array(concepts, pa.string())
        places = pc.index_in(pa.array(asked, pa.string()), names).to_numpy()
        return CountTask(names, flags, self._specs, inquiry.searches, places)
