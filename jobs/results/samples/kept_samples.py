"""The samples that are kept of a pool cut by MetaCLIP's rule (`udfs.counting.capped`), and what that changes.

The rows that answer are read a second time for the draws. The driver holds 4 bytes for each kept sample, and nothing
for the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from jobs.core.context import Context
from jobs.core.reading import through_stretches
from jobs.results.samples.curation_pool import Counts, CurationPool, Cut
from jobs.settings.corpora import Corpus
from udfs.counting.arrays import Integers
from udfs.counting.capped import KEPT, CappedTask
from udfs.counting.lots import lots_of_names

BALANCE: Final = pa.schema(
    [
        ("concept", pa.string()),
        ("before", pa.int64()),
        ("chance", pa.float64()),
        ("after", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Kept:
    """What is kept of a corpus: the ordinals of samples, ascending, by shard, and how many hold each concept (n,)."""

    corpus: Corpus
    ordinals: Mapping[str, Integers]
    after: Counts

    @property
    def samples(self) -> int:
        """The number of samples."""
        return sum(map(len, self.ordinals.values()))


def cut_down(context: Context, pool: CurationPool, cut: Cut) -> Iterator[Kept]:
    """Draw the samples, corpus by corpus."""
    names, chances = lots_of_names(pool.names), pool.chances(cut.cap)
    for one in pool.corpora:
        task = CappedTask(one.given.searches, cut.search, one.corpus.name, cut.seed, chances, names)
        batches = through_stretches(context.lake, one.given.stored, one.units, task, KEPT)
        yield _kept(one.corpus, len(names), batches)


def balance_rows(pool: CurationPool, kept: Iterable[Kept], cut: Cut) -> Iterator[dict[str, Any]]:
    """Rows of BALANCE, the most frequent concept first."""
    after = sum((one.after for one in kept), np.zeros_like(pool.before))
    chances = pool.chances(cut.cap)
    for at in np.lexsort((np.arange(len(pool.names)), -pool.before)).tolist():
        numbers = {"before": int(pool.before[at]), "chance": float(chances[at]), "after": int(after[at])}
        yield {"concept": pool.names[at], **numbers}


def _kept(corpus: Corpus, concepts: int, batches: Iterable[pa.RecordBatch]) -> Kept:
    """The rows of KEPT, told apart. A shard of more samples than a window has several rows."""
    parts: dict[str, list[Integers]] = {}
    after = np.zeros(concepts, np.int64)
    for batch in batches:
        of_shards = batch.filter(batch["shard"].is_valid())
        for shard, ordinals in zip(of_shards["shard"].to_pylist(), of_shards["ordinals"], strict=True):
            parts.setdefault(shard, []).append(ordinals.values.to_numpy())
        sums = batch.filter(batch["number"].is_valid())
        np.add.at(after, sums["number"].to_numpy(), sums["samples"].to_numpy())
    return Kept(corpus, {shard: np.sort(np.concatenate(parts[shard])) for shard in sorted(parts)}, after)
