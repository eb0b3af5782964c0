"""The effect of frequency in drawn corpora, where some concepts are easy and some are hard."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from jobs.analysis.permuted_ranks import PermutedRanks, permuted_ranks


def drawn(slope: float, corpora: int = 6, concepts: int = 60, seed: int = 0, by_lot: bool = True) -> dict[str, list]:
    """Scores with a level for each concept and corpus. Without lots, easy concepts are frequent in every corpus."""
    random = np.random.default_rng(seed)
    level = np.sort(random.normal(scale=0.2, size=concepts))
    even = np.linspace(0, 3, concepts)
    rows = []
    for corpus in range(corpora):
        x = random.permutation(even) if by_lot else even
        y = 0.1 * corpus + slope * x + level + 0.1 * random.normal(size=concepts)
        rows += [(corpus, f"c{at:02}", 10**one, score) for at, (one, score) in enumerate(zip(x, y, strict=True))]
    names = ("corpora", "concepts", "frequency", "score")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def found(**given: list) -> PermutedRanks:
    return permuted_ranks(*given.values())


def test_a_planted_effect_is_found_and_the_concepts_levels_with_it() -> None:
    given = drawn(0.25)
    result = found(**given)
    assert result.slope.low < 0.25 < result.slope.high and result.slope.high - result.slope.low < 0.05
    assert result.concept_spread == pytest.approx(0.2, abs=0.05) and result.error == pytest.approx(0.1, abs=0.02)
    assert result.elsewhere.low < 0 < result.elsewhere.high
    # The pool does not know of concepts' levels, and is less sure.
    assert result.as_correlation.high - result.as_correlation.low > 1.2 * (result.slope.high - result.slope.low)
    assert result.verdict.startswith("More samples cause a higher score: +0.2")


def test_the_slope_is_that_of_statsmodels_with_levels_of_corpora_as_columns() -> None:
    given = drawn(0.25)
    table = pd.DataFrame(given).assign(x=np.log10(given["frequency"]))
    plain = smf.mixedlm("score ~ x + C(corpora)", table, groups=table["concepts"]).fit()
    assert found(**given).slope.value == pytest.approx(plain.params["x"], rel=1e-3)


def test_no_effect_is_not_made_one() -> None:
    result = found(**drawn(0.0))
    assert result.slope.low < 0 < result.slope.high
    assert result.verdict.startswith("That more samples cause a higher score is not shown: ")


def test_intervals_hold_the_effect() -> None:
    held = [(one := found(**drawn(0.25, 4, 20, seed)).slope).low < 0.25 < one.high for seed in range(40)]
    assert sum(held) >= 35


def test_the_order_of_points_changes_nothing() -> None:
    given = drawn(0.25, 3, 12)
    points = list(zip(*given.values(), strict=True))
    mixed = [points[at] for at in np.random.default_rng(1).permutation(len(points))]
    again = found(**dict(zip(given, map(list, zip(*mixed, strict=True)), strict=True)))
    assert again.slope.value == pytest.approx(found(**given).slope.value)


def test_what_cannot_tell_an_effect_is_refused() -> None:
    with pytest.raises(ValueError, match="60 concepts in 2 corpora: at least 12 in 3"):
        found(**drawn(0.2, corpora=2))
    with pytest.raises(ValueError, match="every corpus needs each concept, once"):
        found(**{name: values[:-1] for name, values in drawn(0.2).items()})
    with pytest.raises(ValueError, match="others in each corpus"):
        found(**drawn(0.2, by_lot=False))
    twice = list(product(range(3), ["c"] * 12))
    with pytest.raises(ValueError, match="1 concepts in 3 corpora"):
        permuted_ranks([one for one, _ in twice], [name for _, name in twice], [1] * 36, [0.0] * 36)
