"""Worlds whose law is known: concepts of several sets are drawn, with levels, slopes and frequencies of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The gain in score for ten times the frequency.
SLOPE = 0.08
# Concepts of the 18 sets that the paper pools.
PUBLISHED = (1000, 397, 101, 102, 37, 100, 47, 10, 100, 10, 45, 196, 100, 43, 2, 101, 200, 365)
EQUAL = 60


@dataclass(frozen=True)
class World:
    """How sets are drawn. levels, slopes: the standard deviations between sets; hard: whether rare sets are hard."""

    name: str
    levels: float = 0.15
    slopes: float = 0.0
    hard: bool = False


WORLDS = (
    World("levels differ"),
    World("slopes differ too", slopes=0.03),
    World("rare sets are hard", levels=0.075, hard=True),
    World("rare sets are hard, slopes differ", levels=0.075, slopes=0.03, hard=True),
)


@dataclass(frozen=True)
class Drawn:
    """Concepts: log10 of frequency, score and set, each (n,)."""

    x: Floats
    y: Floats
    set_of: Integers


def draw(world: World, sizes: Sequence[int], random: np.random.Generator, sets: Floats | None = None) -> Drawn:
    """Concepts of sets of these sizes; their scatter grows with frequency. `sets`: from `draw_sets`, to keep them."""
    rarity, level, slope = draw_sets(len(sizes), random) if sets is None else sets
    set_of = np.repeat(np.arange(len(sizes)), sizes)
    x = np.maximum(2.5 + 0.7 * rarity[set_of] + 0.9 * random.normal(size=set_of.size), 0)
    levels = world.levels * level + (0.12 * rarity if world.hard else 0.0)
    line = 0.2 + levels[set_of] + (SLOPE + world.slopes * slope[set_of]) * x
    scatter = 0.2 * (0.6 + 0.2 * np.minimum(x, 3))
    return Drawn(x, line + scatter * random.normal(size=set_of.size), set_of)


def draw_sets(sets: int, random: np.random.Generator) -> Floats:
    """Rarity, level and slope of each set, in standard deviations: shape (3, sets)."""
    return random.normal(size=(3, sets))


def sizes_of(sets: int, published: bool) -> list[int]:
    """Concepts of each set: equal, or as uneven as the paper's; fewer sets span its largest and smallest."""
    if not published:
        return [EQUAL] * sets
    return list(PUBLISHED[:sets]) if sets > 5 else [1000, 397, 101, 37, 10][:sets]
