"""Pages of samples: together they are the draw, each first part is the draw of so many, and none comes twice."""

from __future__ import annotations

import numpy as np

from jobs.results.samples.drawn_samples import draw
from jobs.results.samples.holders import Holders
from jobs.results.samples.leafing import leaf_through, named_samples

FOUND = [
    Holders("a", ("x", "y"), np.repeat([0, 1], 50), np.tile(np.arange(50), 2), None),
    Holders("b", ("z",), np.zeros(30, np.int64), np.arange(30), None),
    Holders("c", (), np.empty(0, np.int64), np.empty(0, np.int64), None),
]


def keys(chosen: list[Holders]) -> set[tuple[str, str, int]]:
    return {
        (one.corpus, one.shards[shard], int(ordinal))
        for one in chosen
        for shard, ordinal in zip(one.shard, one.ordinal, strict=True)
    }


def test_pages_are_parts_of_one_draw() -> None:
    pages = leaf_through(FOUND, seed=3, most=100)
    assert (pages.total, len(pages), dict(pages.totals)) == (130, 100, {"a": 100, "b": 30, "c": 0})
    parts = [keys(pages.chosen(start, start + 24)) for start in range(0, 120, 24)]
    assert [len(part) for part in parts] == [24, 24, 24, 24, 4] and len(set.union(*parts)) == 100
    assert parts[0] | parts[1] == keys(draw(FOUND, 48, seed=3)) != keys(draw(FOUND, 48, seed=4))
    assert keys(pages.chosen(100, 124)) == set()


def test_no_corpus_and_no_sample() -> None:
    assert len(leaf_through([], 0)) == 0 and leaf_through([FOUND[2]], 0).chosen(0, 24)[0].shard.size == 0


def test_samples_by_name_are_each_once_and_in_order() -> None:
    found = named_samples("a", [("y", 5), ("x", 7), ("y", 5), ("y", 2)])
    assert found.shards == ("x", "y")
    assert [*zip(found.shard.tolist(), found.ordinal.tolist(), strict=True)] == [(0, 7), (1, 2), (1, 5)]
    assert named_samples("a", []).shard.size == 0
