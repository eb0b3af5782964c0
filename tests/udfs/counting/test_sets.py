"""The algebra of sets finds what Python's own sets find."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting import sets
from udfs.counting.arrays import RaggedArray
from udfs.counting.sets import Places, Sets, flagged_per_shard

SAMPLES = 12
DRAWN = st.lists(st.sets(st.integers(0, SAMPLES - 1)), min_size=1, max_size=6)


def made(drawn: list[set[int]]) -> Sets:
    pairs = [(number, member) for number, one in enumerate(drawn) for member in one]
    pairs = pairs[::-1] + pairs[:2]
    numbers, members = (np.array([pair[at] for pair in pairs], np.int64) for at in (0, 1))
    return Sets.of(numbers, members, len(drawn), SAMPLES)


def plain(found: Sets) -> list[set[int]]:
    held: list[set[int]] = [set() for _ in range(found.count)]
    for number, member in zip(*found.split(), strict=True):
        held[number].add(int(member))
    assert len(found.codes) == sum(map(len, held)) and np.array_equal(np.sort(found.codes), found.codes)
    return held


@settings(deadline=None)
@given(DRAWN, st.data())
def test_operations(drawn: list[set[int]], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.sets(st.integers(0, SAMPLES - 1)), min_size=len(drawn), max_size=len(drawn)))
    wanted = data.draw(st.lists(st.booleans(), min_size=len(drawn), max_size=len(drawn)))
    one, two = made(drawn), made(other)
    assert plain(one) == drawn
    assert plain(one.both(two)) == [left & right for left, right in zip(drawn, other, strict=True)]
    assert plain(one.among(np.array(wanted))) == [
        held if kept else set() for held, kept in zip(drawn, wanted, strict=True)
    ]
    assert set(np.flatnonzero(one.any())) == set().union(*drawn)


@settings(deadline=None)
@given(DRAWN, st.data(), st.integers(1, 40))
def test_intersections(drawn: list[set[int]], data: st.DataObject, part: int) -> None:
    queries = data.draw(st.lists(st.lists(st.integers(0, len(drawn) - 1), max_size=4, unique=True), max_size=8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "PART", part)
        found = made(drawn).intersections(RaggedArray.of(queries))
    assert plain(found) == [set.intersection(*(drawn[one] for one in query)) if query else set() for query in queries]


@settings(deadline=None)
@given(DRAWN)
def test_per_shard(drawn: list[set[int]]) -> None:
    places = Places(("a", "b", "c", "d"), np.array([4, 0, 7, 1]))
    found = list(zip(*made(drawn).per_shard(places), strict=True))
    homes = {0: range(4), 2: range(4, 11), 3: range(11, 12)}
    assert found == [
        (shard, number, len(held.intersection(home)))
        for shard, home in homes.items()
        for number, held in enumerate(drawn)
        if held.intersection(home)
    ]
    flags = made(drawn).any()
    assert list(flagged_per_shard(flags, places)) == [
        len(set().union(*drawn).intersection(homes.get(shard, ()))) for shard in range(4)
    ]


def test_a_pair_keeps_its_highest_score_and_a_threshold_is_not_reached_by_itself() -> None:
    scores = np.array([0.5, 0.75, 0.7, 0.25], np.float32)
    found = Sets.of(np.array([0, 0, 1, 1]), np.array([2, 2, 3, 1]), 2, SAMPLES, scores)
    assert found.scores is not None and list(found.scores) == [0.75, 0.25, np.float32(0.7)]
    assert plain(found.above(0.5, "float32")) == [{2}, {3}]
    assert plain(found.above(0.75, "float32")) == [set(), set()]
    # 0.7 is rounded as scores are.
    assert plain(found.above(0.7, "float32")) == [{2}, set()]
    assert plain(found.above(0.7, "float16")) == [{2}, set()]
