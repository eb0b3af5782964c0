"""How often each printed interval holds the truth, in worlds whose truth is known; fills docs/benchmarks/intervals.md.

`python -m benchmarks.coverage [WORLDS]`: 600 draws of each world by default, some 15 minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.stats import rankdata, t

from benchmarks.document import Section, Table, save
from benchmarks.machine import describe
from benchmarks.worlds import EQUAL, PUBLISHED, SLOPE, WORLDS, Drawn, World, draw, draw_sets, sizes_of
from jobs.analysis.correlation import pearson_interval, spearman_interval
from jobs.analysis.estimate import Estimate
from jobs.analysis.mixed import mixed_slope
from jobs.analysis.prediction import predictor
from jobs.analysis.slopes import SLOPE as CONTRAST
from jobs.analysis.slopes import pooled_line, slope_within_sets

DRAWS = 600
SETS = (2, 3, 5, 17, 18)
CONCEPTS = (6, 8, 12, 20, 100, 400)
# A draw of many sets, from which the slope of the pool and the correlations are taken as true.
MANY = 3000
# A mixed model takes a hundred times as long as everything else.
EACH_MIXED = 6

Interval = tuple[Estimate | None, float]
Covered = Mapping[str, float | None]


def main() -> None:
    """Draw, fit, save the section, and print where the document is."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    machine = describe(["numpy", "scipy", "statsmodels"])
    tables = [over_sets(draws), of_these_sets(draws), of_one_set(draws)]
    text = [
        f"Shares of {draws:,} draws in which an interval of 95 % holds the truth. A "
        f"slope of {SLOPE} per decade, scores that scatter by 0.12 to 0.24, more where concepts are frequent. Sizes: "
        f"{EQUAL} concepts per set, or those of the paper's sets (from {min(PUBLISHED)} to {max(PUBLISHED):,}).",
        "Why CR2 and not the jackknife that leaves out one set at a time: it holds too seldom if one set has most "
        "concepts and slopes differ between sets.",
    ]
    print(save("intervals", Section("Coverage", "python -m benchmarks.coverage", machine, text, tables)))


def over_sets(draws: int) -> Table:
    """Intervals over sets: other sets are drawn each time."""
    names = ("within sets", "jackknife", "mixed model", "pool over concepts")
    rows = []
    for sets in SETS:
        for published in (False, True):
            for world in WORLDS:
                found = cover(draws, world_of_sets(world, sizes_of(sets, published)))
                sizes = "the paper's" if published else "equal"
                rows.append((sets, sizes, world.name, *(_percent(found.get(name)) for name in names)))
    caption = (
        "Other sets are drawn each time. Reports lead with the slope within sets; the pool's interval over concepts is "
        "for these sets alone and is no answer here:"
    )
    return Table(("sets", "sizes", "world", *names), rows, caption)


def of_these_sets(draws: int) -> Table:
    """Intervals over concepts: the same sets each time, with other concepts."""
    names = ("slope", "r", "Spearman", "prediction")
    rows = []
    for sets in SETS:
        for published in (False, True):
            found = cover(draws, world_of_concepts(WORLDS[3], sizes_of(sets, published)))
            rows.append((sets, "the paper's" if published else "equal", *(_percent(found.get(name)) for name in names)))
    return Table(("sets", "sizes", *names), rows, "The same sets each time, other concepts; the slope is the pool's:")


def of_one_set(draws: int) -> Table:
    """Intervals over the concepts of one set, for few and for many of them."""
    names = ("slope", "r", "Spearman", "prediction")
    rows = []
    for concepts in CONCEPTS:
        found = cover(draws, world_of_concepts(World("one set", levels=0.0), [concepts]))
        rows.append((concepts, *(_percent(found.get(name)) for name in names)))
    return Table(("concepts", *names), rows, "One set:")


def world_of_sets(
    world: World, sizes: Sequence[int], mixed: bool = True, seed: int = 0
) -> Callable[[int], Mapping[str, Interval]]:
    """Draws sets and concepts; returns each interval over sets with its truth. `mixed`: a sixth of them is that of
    the mixed model too."""
    random = np.random.default_rng(seed)
    many = draw(world, np.resize(sizes, MANY).tolist(), random)
    true = np.polyfit(many.x, many.y, 1)[0]

    def once(number: int) -> Mapping[str, Interval]:
        drawn = draw(world, sizes, random)
        x, y, set_of = drawn.x, drawn.y, drawn.set_of
        of_model = mixed_slope(x, y, set_of) if mixed and number % EACH_MIXED == 0 else None
        return {
            "within sets": (slope_within_sets(x, y, set_of), SLOPE),
            "jackknife": (jackknife(drawn), SLOPE),
            "mixed model": (of_model, SLOPE),
            "pool over concepts": (pooled_line(x, y, np.arange(x.size)).estimate(CONTRAST), true),
        }

    return once


def world_of_concepts(world: World, sizes: Sequence[int], seed: int = 0) -> Callable[[int], Mapping[str, Interval]]:
    """Draws concepts of the same sets; returns each interval over concepts with its truth, and a prediction."""
    random = np.random.default_rng(seed)
    sets = draw_sets(len(sizes), random)
    times = max(1, 400_000 // sum(sizes))
    many = [draw(world, sizes, random, sets) for _ in range(times)]
    x, y = (np.concatenate([getattr(one, name) for one in many]) for name in ("x", "y"))
    slope, r, rho = np.polyfit(x, y, 1)[0], np.corrcoef(x, y)[0, 1], np.corrcoef(rankdata(x), rankdata(y))[0, 1]

    def once(number: int) -> Mapping[str, Interval]:
        drawn = draw(world, sizes, random, sets)
        each = np.arange(drawn.x.size)
        place = random.integers(x.size)
        return {
            "slope": (pooled_line(drawn.x, drawn.y, each).estimate(CONTRAST), slope),
            "r": (pearson_interval(drawn.x, drawn.y, each), r),
            "Spearman": (spearman_interval(drawn.x, drawn.y, each), rho),
            "prediction": (predictor(drawn.x, drawn.y, share=False).predict(x[place]), y[place]),
        }

    return once


def jackknife(drawn: Drawn) -> Estimate | None:
    """The slope within sets by leaving out one set at a time, with as many degrees of freedom as sets, less one."""
    sets = int(drawn.set_of.max()) + 1
    slopes = []
    for left_out in (*range(sets), None):
        kept = drawn.set_of != left_out
        slopes.append(slope_within_sets(drawn.x[kept], drawn.y[kept], _renumbered(drawn.set_of[kept])))
    if any(slope is None for slope in slopes):
        return None
    *others, value = (slope.value for slope in slopes if slope)
    error = np.sqrt((sets - 1) / sets * np.sum((np.array(others) - value) ** 2))
    reach = float(t.ppf(0.975, sets - 1) * error)
    return Estimate(value, value - reach, value + reach)


def cover(draws: int, once: Callable[[int], Mapping[str, Interval]]) -> Covered:
    """The share of draws in which each interval holds the truth; None if it never had ends."""
    held: dict[str, list[bool]] = {}
    for number in range(draws):
        for name, (found, true) in once(number).items():
            if found is not None and found.low is not None and found.high is not None:
                held.setdefault(name, []).append(found.low <= true <= found.high)
    return {name: float(np.mean(values)) for name, values in held.items()}


def _renumbered(set_of: np.ndarray) -> np.ndarray:
    return np.unique(set_of, return_inverse=True)[1]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


if __name__ == "__main__":
    main()
