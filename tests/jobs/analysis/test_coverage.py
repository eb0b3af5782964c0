"""Intervals hold the truth as often as they say, in worlds whose truth is known.

docs/benchmarks/intervals.md shows the same for more worlds.
"""

from __future__ import annotations

import pytest

from benchmarks.coverage import cover, world_of_concepts, world_of_sets
from benchmarks.worlds import WORLDS, World, sizes_of

pytestmark = pytest.mark.long
DRAWS = 1_000
# Of 1,000 draws an interval of 95 % holds the truth in 93 to 97 %. Very uneven sets have few degrees of freedom, for
# which Satterthwaite's approximation errs to the safe side.
LOW, HIGH = 0.92, 0.985


@pytest.mark.parametrize("sets", [2, 3, 5, 18])
@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("world", [WORLDS[0], WORLDS[3]], ids=lambda world: world.name)
def test_the_slope_within_sets(sets: int, published: bool, world: World) -> None:
    found = cover(DRAWS, world_of_sets(world, sizes_of(sets, published), mixed=False))
    assert LOW <= found["within sets"] <= HIGH


@pytest.mark.parametrize("concepts", [6, 8, 12, 20, 100, 400])
def test_one_set(concepts: int) -> None:
    found = cover(DRAWS, world_of_concepts(World("one set", levels=0.0), [concepts]))
    assert all(LOW <= share <= HIGH for share in found.values()), found
    assert ("prediction" in found) == (concepts >= 19)


@pytest.mark.parametrize("published", [False, True])
def test_other_concepts_of_the_same_sets(published: bool) -> None:
    found = cover(DRAWS, world_of_concepts(WORLDS[3], sizes_of(5, published)))
    assert all(LOW <= share <= HIGH for share in found.values()), found
