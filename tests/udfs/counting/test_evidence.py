"""Pairs by what finds them: counted as plain loops count them, and drawn with the chances that are told."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting import laid_out
from udfs.counting.arrays import RaggedArray
from udfs.counting.evidence import (
    BITS,
    CELLS,
    DRAWN_PAIRS,
    NOTHING,
    TEXT,
    EvidenceTask,
    PairDrawTask,
    cells_of,
    of_edge,
)
from udfs.counting.found import FOUND, SEARCHED
from udfs.counting.judged import Judged
from udfs.counting.lots import lots_of_names
from udfs.counting.searches import Searches
from udfs.counting.text_queries import TextQueries

NAMES = ("ant", "bee", "cat")
EDGES = (0.25, 0.5)
SEARCHES = Searches(3, TextQueries(RaggedArray.of(((0,), (1,), (0, 1))), 2), images=True, thresholds=EDGES)
# A sample: the terms of its caption and the scores of its image by concept; None for a half that is not usable.
Sample = tuple[set[int] | None, dict[int, float] | None]
Samples = dict[str, list[Sample]]

sample = st.tuples(
    st.none() | st.sets(st.integers(0, 1)),
    st.none() | st.dictionaries(st.integers(0, 2), st.sampled_from((0.2, 0.25, 0.4, 0.9))),
)
samples = st.dictionaries(st.sampled_from(("00.tar", "01.tar")), st.lists(sample, min_size=1, max_size=10))


def found_rows(held: Samples) -> Iterable[pa.RecordBatch]:
    """The samples as FOUND, in batches of three rows."""
    rows: dict[tuple[str, str, int], list[tuple[int, float]]] = {}
    for shard, of_shard in held.items():
        for ordinal, (terms, scores) in enumerate(of_shard):
            for number in () if terms is None else (SEARCHED, *terms):
                rows.setdefault((shard, "text", number), []).append((ordinal, 0))
            for number, score in {} if scores is None else {SEARCHED: 0.0, **scores}.items():
                rows.setdefault((shard, "image", number), []).append((ordinal, score))
    table = [
        {"shard": shard, "kind": kind, "number": number, "ordinals": [one for one, _ in pairs]}
        | ({"scores": [one for _, one in pairs]} if kind == "image" else {})
        for (shard, kind, number), pairs in rows.items()
    ]
    return pa.Table.from_pylist(table, schema=FOUND).to_batches(max_chunksize=3)


def naive(held: Samples, judged: Judged) -> Iterator[tuple[str, int, int, int]]:
    """Every pair of a usable sample and a concept: shard, ordinal, concept, evidence."""
    for shard, of_shard in held.items():
        for ordinal, (terms, scores) in enumerate(of_shard):
            if (scores if judged == "image" else terms) is None:
                continue
            for number, query in enumerate(({0}, {1}, {0, 1})):
                evidence = TEXT if terms is not None and query <= terms else NOTHING
                for at, edge in enumerate(EDGES):
                    evidence |= of_edge(at) if (scores or {}).get(number, 0.0) > edge else 0
                yield shard, ordinal, number, evidence


@given(samples, st.sampled_from(("image", "caption")), st.booleans())
@settings(deadline=None)
def test_the_cells_are_those_of_plain_loops(held: Samples, judged: Judged, small: bool) -> None:
    window = laid_out.WINDOW
    try:
        laid_out.WINDOW = 2 if small else window  # type: ignore[misc]
        batches = list(EvidenceTask(SEARCHES, judged)(iter(found_rows(held))))
    finally:
        laid_out.WINDOW = window  # type: ignore[misc]
    found = Counter[tuple[int, int]]()
    for row in (row for batch in batches for row in batch.to_pylist()):
        found[row["number"], row["evidence"]] += row["pairs"]
    pairs = list(naive(held, judged))
    expected = Counter((number, evidence) for *_, number, evidence in pairs if evidence)
    expected[SEARCHED, NOTHING] = len({(shard, ordinal) for shard, ordinal, *_ in pairs})
    assert +found == +expected
    assert all(batch.schema == CELLS for batch in batches)


def many(count: int) -> Samples:
    """Samples of one shard, in which ants are named by every second one and every fifth one shows a cat."""
    return {"00.tar": [({0} if at % 2 else set(), {2: 0.9 if at % 5 else 0.3}) for at in range(count)]}


def draw(held: Samples, chances: dict[tuple[int, int], float], chosen: float, seed: int = 0) -> pa.Table:
    """The drawn pairs, by a task that was pickled as Spark does it."""
    cells = {int(cells_of(np.array(number), np.array(bits))): one for (number, bits), one in chances.items()}
    task = PairDrawTask(
        SEARCHES,
        "image",
        "web",
        seed,
        np.array(sorted(cells)),
        np.array([cells[one] for one in sorted(cells)]),
        chosen,
        lots_of_names(NAMES),
    )
    return pa.Table.from_batches(pickle.loads(pickle.dumps(task))(iter(found_rows(held))), DRAWN_PAIRS)


BOTH = of_edge(0) | of_edge(1)


def test_a_chance_of_one_draws_all_and_of_no_cell_none() -> None:
    held = many(40)
    rows = draw(held, {(0, TEXT): 1.0, (2, BOTH): 1.0}, 0.0).to_pylist()
    found = {(row["shard"], row["ordinal"], row["number"], row["evidence"]) for row in rows}
    assert found == {pair for pair in naive(held, "image") if pair[2:] in ((0, TEXT), (2, BOTH))}
    scores = {row["ordinal"]: row["score"] for row in rows if row["number"] == 2}
    assert {round(score, 6) for score in scores.values()} == {0.9}
    assert {row["score"] for row in rows if row["number"] == 0} == {None}


def test_as_many_are_drawn_as_the_chances_say() -> None:
    held = many(30_000)
    rows = draw(held, {(0, TEXT): 0.2, (2, of_edge(0)): 0.5}, 0.3).to_pylist()
    drawn = Counter((row["number"], row["evidence"]) for row in rows)
    assert drawn[0, TEXT] == pytest.approx(0.2 * 15_000, rel=0.05)
    assert drawn[2, of_edge(0)] == pytest.approx(0.5 * 6_000, rel=0.05)
    # Each concept of three is asked for of a third of the chosen samples; a cat is found in all, an ant in a half.
    nothing = {number: drawn[number, NOTHING] for number in range(3)}
    assert nothing[0] == pytest.approx(0.1 * 15_000, rel=0.1) and nothing[1] == pytest.approx(0.1 * 30_000, rel=0.1)
    assert nothing[2] == 0
    known = set(naive(held, "image"))
    assert all((row["shard"], row["ordinal"], row["number"], row["evidence"]) in known for row in rows)


def test_a_draw_is_the_seeds_and_no_orders() -> None:
    held = many(200)
    halves = {"00.tar": held["00.tar"][:120], "01.tar": held["00.tar"][120:]}
    chances = {(0, TEXT): 0.3}
    whole = draw(halves, chances, 0.5)
    alone = [draw({name: halves[name]}, chances, 0.5) for name in reversed(halves)]
    key = [("shard", "ascending"), ("ordinal", "ascending"), ("number", "ascending")]
    assert whole.sort_by(key).equals(pa.concat_tables(alone).sort_by(key)) and len(whole) > 20
    assert not draw(halves, chances, 0.5, seed=1).equals(whole)


def test_half_of_the_searches() -> None:
    text = Searches(3, SEARCHES.text)
    (batch,) = EvidenceTask(text, "caption")(iter(found_rows({"00.tar": [({0, 1}, None), (None, {0: 0.9})]})))
    rows = {(row["number"], row["evidence"]): row["pairs"] for row in batch.to_pylist()}
    assert rows == {(0, TEXT): 1, (1, TEXT): 1, (2, TEXT): 1, (SEARCHED, NOTHING): 1}
    images = Searches(3, images=True, thresholds=EDGES)
    (batch,) = EvidenceTask(images, "image")(iter(found_rows({"00.tar": [(None, {0: 0.4}), ({0}, None)]})))
    rows = {(row["number"], row["evidence"]): row["pairs"] for row in batch.to_pylist()}
    assert rows == {(0, of_edge(0)): 1, (SEARCHED, NOTHING): 1}


def test_a_cell_keeps_concept_and_evidence_apart() -> None:
    cells = cells_of(np.array([0, 1, 10**6]), np.array([(1 << BITS) - 1, 0, TEXT]))
    assert np.diff(np.sort(cells)).min() > 0 and (cells >> BITS).tolist() == [0, 1, 10**6]
