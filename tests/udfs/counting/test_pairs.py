"""Pairs are what plain loops over samples count, for all concepts and for one, however the samples are cut."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting import laid_out, sets
from udfs.counting.arrays import RaggedArray
from udfs.counting.found import FOUND, SEARCHED
from udfs.counting.pairs import PAIRS, PairTask, all_pairs, pairs_of
from udfs.counting.searches import Searches
from udfs.counting.sets import Sets
from udfs.counting.text_queries import TextQueries

THRESHOLD = 0.5
# Concept 3 needs two terms, concept 4 is concept 0 by another name, and nothing holds concept 5.
QUERIES = ((0,), (1,), (2,), (0, 1), (0,), (9,))
SHARDS = ("a", "b")
SCORES = (0.4, 0.5, 0.6)

sample = st.fixed_dictionaries(
    {
        "shard": st.sampled_from(SHARDS),
        # None: no usable caption, or no usable image.
        "terms": st.none() | st.lists(st.integers(0, 2), max_size=4),
        "tags": st.none() | st.lists(st.tuples(st.integers(0, 5), st.sampled_from(SCORES)), max_size=5),
    }
)
Samples = list[dict[str, Any]]


def found_rows(samples: Samples) -> Iterable[pa.RecordBatch]:
    """The samples as FOUND: a row for each occurrence, repeats included, in batches of four rows."""
    rows = []
    for ordinal, one in enumerate(samples):
        for kind, pairs in (("text", [(term, None) for term in one["terms"] or ()]), ("image", one["tags"] or ())):
            if one["terms" if kind == "text" else "tags"] is None:
                continue
            for number, score in [(SEARCHED, 0.0), *pairs]:
                scores = [score] if kind == "image" else None
                row = {"shard": one["shard"], "kind": kind, "number": number, "ordinals": [ordinal], "scores": scores}
                rows.append(row)
    return pa.Table.from_pylist(rows, schema=FOUND).to_batches(max_chunksize=4)


def held_by(one: dict[str, Any], search: str) -> set[int] | None:
    """The concepts that a sample holds by a search; None if it cannot be searched."""
    said = seen = None
    if one["terms"] is not None:
        said = {concept for concept, terms in enumerate(QUERIES) if set(terms) <= set(one["terms"])}
    if one["tags"] is not None:
        seen = {concept for concept, score in one["tags"] if score > THRESHOLD}
    if search == "integrated":
        return None if said is None or seen is None else said & seen
    return said if search == "text" else seen


def naive(samples: Samples, search: str, concept: int | None) -> Counter[tuple[int, int]]:
    """The sums of PAIRS, sample by sample."""
    counts: Counter[tuple[int, int]] = Counter()
    for one in samples:
        held = held_by(one, search)
        if held is None:
            continue
        counts[SEARCHED, SEARCHED] += 1
        counts.update((number, number) for number in held)
        if concept is None:
            counts.update(combinations(sorted(held), 2))
        elif concept in held:
            counts.update((concept, other) for other in held - {concept})
    return counts


def summed(batches: Iterable[pa.RecordBatch]) -> Counter[tuple[int, int]]:
    """The rows of PAIRS added up; no row but that of the samples searched may be 0."""
    counts: Counter[tuple[int, int]] = Counter()
    for row in (row for batch in batches for row in batch.to_pylist()):
        counts[row["first"], row["second"]] += row["samples"]
    return +counts


@settings(deadline=None)
@given(
    st.lists(sample, max_size=20),
    st.sampled_from(["text", "image", "integrated"]),
    st.none() | st.integers(0, 5),
    st.sampled_from([1, 3, 1000]),
)
def test_pairs_are_those_of_plain_loops(samples: Samples, search: str, concept: int | None, small: int) -> None:
    searches = Searches(len(QUERIES), TextQueries(RaggedArray.of(QUERIES), 10), True, (THRESHOLD,))
    task = pickle.loads(pickle.dumps(PairTask(searches, search, concept)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_out, "WINDOW", small)
        patch.setattr(sets, "PART", small)
        batches = list(task(iter(found_rows(samples))))
    assert summed(batches) == +naive(samples, search, concept)
    assert all(batch.schema == PAIRS for batch in batches)


def test_a_list_of_a_million_concepts_stays_sparse() -> None:
    count, samples = 1_000_000, 300_000
    rng = np.random.default_rng(3)
    members = np.repeat(np.arange(samples), 4)
    held = Sets.of(rng.integers(0, count, len(members)), members, count, samples)
    rows = pa.Table.from_batches(all_pairs(held), PAIRS)
    sizes = np.bincount(held.split()[1], minlength=samples)
    assert rows["samples"].to_numpy().sum() == (sizes * (sizes - 1) // 2).sum()
    assert rows.num_rows < len(members) * 2
    chosen = int(rows["first"][0].as_py())
    own = rows.filter((pa.compute.field("first") == chosen) | (pa.compute.field("second") == chosen))
    assert pa.Table.from_batches(pairs_of(held, chosen))["samples"].to_numpy().sum() == sum(own["samples"].to_pylist())


def test_parts_bound_the_products_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "PART", 500)
    held = Sets.of(np.repeat(np.arange(100), 30), np.tile(np.arange(30), 100), 100, 30)
    batches = list(all_pairs(held))
    # Each concept has 30 samples with 100 concepts each, more than a part: it is a part of its own.
    assert [batch.num_rows for batch in batches] == list(range(99, -1, -1))
    assert all(set(batch["samples"].to_pylist()) <= {30} for batch in batches)
