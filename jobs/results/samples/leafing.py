"""The samples that hold a concept, to be leafed through page by page: in the order of a draw, so that every first part
of them is a fair sample of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa

from jobs.core.context import Context
from jobs.results.samples.drawn_samples import DRAWN, draw, rows_of
from jobs.results.samples.holders import Holders
from jobs.settings.corpora import Corpus
from udfs.counting.arrays import Integers
from udfs.counting.lots import lots_of

# Nobody leafs further, and a draw of so many takes 0.3 MB whatever the corpus.
MOST: Final = 10_000


@dataclass(frozen=True, eq=False)
class SamplePages:
    """The first MOST samples of a draw. holders: by corpus; order (n,): places in all of them, one after the other.

    totals: how many samples hold the concept, by corpus.
    """

    totals: Mapping[str, int]
    holders: tuple[Holders, ...]
    order: Integers

    @property
    def total(self) -> int:
        """How many samples hold the concept in all corpora."""
        return sum(self.totals.values())

    def __len__(self) -> int:
        return len(self.order)

    def chosen(self, start: int, stop: int) -> list[Holders]:
        """The samples from `start` up to `stop` in the order of the draw, by corpus, shard and ordinal."""
        here = np.sort(self.order[start:stop])
        edges = np.cumsum([0, *(len(one.shard) for one in self.holders)])
        within = (here[(here >= first) & (here < end)] - first for first, end in pairwise(edges))
        return [one.taken(places) for one, places in zip(self.holders, within, strict=True)]


def leaf_through(found: Sequence[Holders], seed: int, most: int = MOST) -> SamplePages:
    """The samples of each corpus in the order of their lots. The same seed gives the same pages."""
    drawn = draw(found, most, seed)
    lots = [lots_of(seed, one.corpus, one.shards, one.shard, one.ordinal) for one in drawn]
    order = np.argsort(np.concatenate(lots), kind="stable") if lots else np.empty(0, np.int64)
    return SamplePages({one.corpus: len(one.shard) for one in found}, tuple(drawn), order)


def stored_rows(context: Context, corpora: Sequence[Corpus], chosen: Sequence[Holders]) -> pa.Table:
    """What is stored of samples, as DRAWN; one entry of `chosen` for each corpus."""
    pairs = zip(corpora, chosen, strict=True)
    return pa.Table.from_batches((batch for one in pairs for batch in rows_of(context, *one)), DRAWN)


def named_samples(corpus: str, keys: Sequence[tuple[str, int]]) -> Holders:
    """Samples of a corpus by shard and ordinal, whether they exist or not; each once."""
    shards = tuple(sorted({shard for shard, _ in keys}))
    numbers = {shard: number for number, shard in enumerate(shards)}
    places = sorted({(numbers[shard], ordinal) for shard, ordinal in keys})
    shard, ordinal = np.array(places, np.int64).reshape(-1, 2).T
    return Holders(corpus, shards, shard, ordinal, None)
