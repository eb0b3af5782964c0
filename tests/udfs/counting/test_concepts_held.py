"""The concepts of each sample are those that a plain loop finds in what was stored, best first."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting import laid_out
from udfs.counting.arrays import RaggedArray
from udfs.counting.concepts_held import CONCEPTS_HELD, ConceptsHeldTask
from udfs.counting.found import FOUND, SEARCHED
from udfs.counting.searches import Searches
from udfs.counting.text_queries import TextQueries

CONCEPTS = 3
THRESHOLD = 0.25
# Shard -> for each sample its terms, and the scores of its tags by concept; None cannot be searched.
Samples = dict[str, list[tuple[set[int], dict[int, float]] | None]]
one_sample = st.tuples(
    st.sets(st.integers(0, CONCEPTS - 1)),
    st.dictionaries(st.integers(0, CONCEPTS - 1), st.sampled_from((0.125, 0.25, 0.5, 0.75))),
)
samples = st.dictionaries(
    st.sampled_from(("00.tar", "01.tar")), st.lists(st.none() | one_sample, min_size=1), min_size=1
)


def found_rows(given: Samples) -> list[pa.RecordBatch]:
    """The samples as FOUND."""
    rows: dict[tuple[str, str, int], list[tuple[int, float]]] = {}
    for shard, held_in_shard in given.items():
        for ordinal, one in enumerate(held_in_shard):
            if one is None:
                continue
            for kind, held in (("text", dict.fromkeys(one[0], 0.0)), ("image", one[1])):
                for number, score in {SEARCHED: 0.0, **held}.items():
                    rows.setdefault((shard, kind, number), []).append((ordinal, score))
    table: list[dict[str, Any]] = [
        {"shard": shard, "kind": kind, "number": number, "ordinals": [one for one, _ in pairs]}
        | ({"scores": [score for _, score in pairs]} if kind == "image" else {})
        for (shard, kind, number), pairs in rows.items()
    ]
    return pa.Table.from_pylist(table, schema=FOUND).to_batches(max_chunksize=3)


def by_hand(given: Samples, search: str) -> dict[tuple[str, int], list[tuple[int, float | None]]]:
    expected = {}
    for shard, held_in_shard in given.items():
        for ordinal, one in enumerate(held_in_shard):
            said, scores = one or (set(), {})
            seen = {number: score for number, score in scores.items() if score > THRESHOLD}
            if search == "text":
                held: list[tuple[int, float | None]] = [(number, None) for number in sorted(said)]
            else:
                kept = said & seen.keys() if search == "integrated" else seen.keys()
                held = [(number, seen[number]) for number in sorted(kept, key=lambda number: (-seen[number], number))]
            if held:
                expected[shard, ordinal] = held
    return expected


@pytest.mark.parametrize("search", ["text", "image", "integrated"])
@settings(deadline=None, max_examples=50)
@given(given=samples, window=st.sampled_from((2, 1 << 20)))
def test_samples_hold_what_a_plain_loop_finds(search: str, window: int, given: Samples) -> None:
    queries = TextQueries(RaggedArray.of([(number,) for number in range(CONCEPTS)]), CONCEPTS)
    thresholds = () if search == "text" else (THRESHOLD,)
    searches = Searches(CONCEPTS, text=queries, images=search != "text", thresholds=thresholds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_out, "WINDOW", window)
        rows = pa.Table.from_batches(ConceptsHeldTask(searches, search)(iter(found_rows(given))), CONCEPTS_HELD)
    found: dict[tuple[str, int], list[tuple[int, float | None]]] = {}
    for row in rows.to_pylist():
        assert row["ordinals"] == sorted(row["ordinals"])
        scores = row["scores"] or [None] * len(row["ordinals"])
        for ordinal, number, score in zip(row["ordinals"], row["numbers"], scores, strict=True):
            found.setdefault((row["shard"], ordinal), []).append((number, score))
    assert found == by_hand(given, search)
