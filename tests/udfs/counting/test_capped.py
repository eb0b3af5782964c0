"""The cut keeps what a plain loop keeps, in any stretches and order, and as many samples as its chances say."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting import laid_out
from udfs.counting.arrays import RaggedArray
from udfs.counting.capped import FOUND_ANY, HELD, KEPT, CappedTask, HeldTask
from udfs.counting.found import FOUND, SEARCHED
from udfs.counting.lots import lots_of, lots_of_names, uniform
from udfs.counting.searches import Searches
from udfs.counting.text_queries import TextQueries

NAMES = ("ant", "bee", "cat")
# Concept 2 needs two terms.
QUERIES = ((0,), (1,), (0, 1))
SEARCHES = Searches(3, text=TextQueries(RaggedArray.of(QUERIES), 2))
CHANCES = np.array([0.3, 1.0, 0.5])
# Shard -> for each sample its terms; None cannot be searched.
Samples = dict[str, list[set[int] | None]]

samples = st.dictionaries(
    st.sampled_from(("00.tar", "01.tar", "02.tar")),
    st.lists(st.none() | st.sets(st.integers(0, 1)), min_size=1, max_size=12),
)


def found_rows(held: Samples) -> Iterable[pa.RecordBatch]:
    """The samples as FOUND, in batches of three rows."""
    rows: dict[tuple[str, int], list[int]] = {}
    for shard, of_shard in held.items():
        for ordinal, terms in enumerate(of_shard):
            for number in () if terms is None else (SEARCHED, *terms):
                rows.setdefault((shard, number), []).append(ordinal)
    table = [
        {"shard": shard, "kind": "text", "number": number, "ordinals": ordinals}
        for (shard, number), ordinals in rows.items()
    ]
    return pa.Table.from_pylist(table, schema=FOUND).to_batches(max_chunksize=3)


def concepts_of(terms: set[int] | None) -> list[int]:
    return [] if terms is None else [number for number, query in enumerate(QUERIES) if set(query) <= terms]


def draws(corpus: str, seed: int, shard: str, ordinal: int, number: int) -> bool:
    """Whether a concept draws a sample: of these two alone."""
    one = lots_of(seed, corpus, [shard], np.array([0]), np.array([ordinal]))
    return bool(uniform(one, lots_of_names([NAMES[number]]))[0] < CHANCES[number])


def naive(held: Samples, corpus: str, seed: int) -> tuple[set[tuple[str, int]], Counter[int]]:
    """The kept samples, and how many of them hold each concept: algorithm 1, sample by sample."""
    kept, after = set(), Counter[int]()
    for shard, of_shard in held.items():
        for ordinal, terms in enumerate(of_shard):
            concepts = concepts_of(terms)
            if any(draws(corpus, seed, shard, ordinal, number) for number in concepts):
                kept.add((shard, ordinal))
                after.update(concepts)
    return kept, after


def cut(held: Samples, corpus: str = "web", seed: int = 0) -> tuple[set[tuple[str, int]], Counter[int]]:
    """The same by the task, pickled as Spark does it."""
    task = pickle.loads(pickle.dumps(CappedTask(SEARCHES, "text", corpus, seed, CHANCES, lots_of_names(NAMES))))
    kept, after = list[tuple[str, int]](), Counter[int]()
    for batch in task(iter(found_rows(held))):
        assert batch.schema == KEPT
        for row in batch.to_pylist():
            if row["shard"] is None:
                after[row["number"]] += row["samples"]
            else:
                assert row["ordinals"] == sorted(row["ordinals"])
                kept += [(row["shard"], ordinal) for ordinal in row["ordinals"]]
    assert len(kept) == len(set(kept))
    return set(kept), after


@settings(max_examples=40, deadline=None)
@given(samples, st.integers(0, 3))
def test_what_a_plain_loop_keeps(held: Samples, seed: int) -> None:
    assert cut(held, seed=seed) == naive(held, "web", seed)


@settings(max_examples=15, deadline=None)
@given(samples)
def test_other_stretches_and_orders_keep_the_same(held: Samples) -> None:
    kept, after = cut(held)
    backwards = dict(reversed(held.items()))
    assert cut(backwards) == (kept, after)
    apart = [cut({shard: of_shard}) for shard, of_shard in backwards.items()]
    assert set().union(*(one for one, _ in apart)) == kept
    assert sum((counts for _, counts in apart), Counter()) == after


def test_windows_keep_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    held: Samples = {f"{at}.tar": [set(np.flatnonzero(rng.random(2) < 0.5)) for _ in range(50)] for at in range(3)}
    whole = cut(held)
    monkeypatch.setattr(laid_out, "WINDOW", 16)
    assert cut(held) == whole and whole[0]


@settings(max_examples=25, deadline=None)
@given(samples)
def test_counts_before_the_cut(held: Samples) -> None:
    counts: Counter[int] = Counter()
    for batch in HeldTask(SEARCHES, "text")(iter(found_rows(held))):
        assert batch.schema == HELD
        for row in batch.to_pylist():
            counts[row["number"]] += row["samples"]
    every = [terms for of_shard in held.values() for terms in of_shard if terms is not None]
    expected: Counter[Any] = Counter(number for terms in every for number in concepts_of(terms))
    expected[SEARCHED], expected[FOUND_ANY] = len(every), sum(bool(concepts_of(terms)) for terms in every)
    assert +counts == +expected


def test_as_many_are_kept_as_the_chances_say() -> None:
    held: Samples = {f"{at:02}.tar": [{0}] * 1_000 for at in range(20)}
    numbers = [len(cut(held, seed=seed)[0]) for seed in range(4)]
    # 20,000 draws at 0.3 have a standard deviation of 65.
    assert all(abs(number - 6_000) < 4 * 65 for number in numbers) and len(set(numbers)) > 1
    # One concept that draws all of its samples keeps them all, whatever the others draw.
    assert len(cut({"a.tar": [{0, 1}] * 100})[0]) == 100


def test_draws_of_two_concepts_are_independent() -> None:
    shard, ordinal = np.repeat(np.arange(20), 1_000), np.tile(np.arange(1_000), 20)
    lots = lots_of(0, "web", [f"{at:02}.tar" for at in range(20)], shard, ordinal)
    first, second = (uniform(lots, lots_of_names([name])) for name in ("ant", "bee"))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03
    for drawn in (first, second):
        assert drawn.min() >= 0 and drawn.max() < 1 and abs(drawn.mean() - 0.5) < 0.01


def test_another_seed_corpus_or_shard_is_another_draw() -> None:
    held: Samples = {"a.tar": [{0}] * 400}
    kept = {ordinal for _, ordinal in cut(held)[0]}
    others = [cut(held, seed=1)[0], cut(held, corpus="other")[0], cut({"b.tar": held["a.tar"]})[0]]
    assert all({ordinal for _, ordinal in one} != kept for one in others)
