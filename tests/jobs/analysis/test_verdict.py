from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jobs.analysis.estimate import Estimate
from jobs.analysis.law import Law, fit_law
from jobs.analysis.pooled import Pooled, describe
from jobs.analysis.protocol import Protocol
from jobs.analysis.verdict import direction, verdict


def fitted(sets: int = 3) -> tuple[Law, Pooled]:
    rng = np.random.default_rng(0)
    frequency = np.floor(np.exp(rng.uniform(0, 9, 300)))
    score = np.clip(0.2 + 0.1 * np.log10(frequency) + rng.normal(0, 0.1, 300), 0, 1)
    names = [str(i) for i in range(300)]
    pooled = describe(names, [str(i % sets) for i in range(300)], frequency, score)
    return fit_law(frequency, score, Protocol("paper")), pooled


@pytest.mark.parametrize(
    ("low", "high", "higher", "lower"),
    [
        (0.1, 0.3, "better", "worse"),
        (-0.3, -0.1, "worse", "better"),
        (-0.1, 0.3, "cannot say", "cannot say"),
        (None, None, "cannot say", "cannot say"),
    ],
)
def test_the_interval_decides(low: float | None, high: float | None, higher: str, lower: str) -> None:
    pooled = replace(fitted()[1], within=Estimate(0.1, low, high))
    assert (direction(pooled), direction(pooled, higher_is_better=False)) == (higher, lower)


def test_several_sets_are_judged_within_and_one_over_its_concepts() -> None:
    law, pooled = fitted()
    slope = pooled.within
    assert verdict(law, pooled) == (
        f"Frequent concepts score better: {slope.value:+.3g} per decade within 3 sets, between {slope.low:.3g} and "
        f"{slope.high:.3g}."
    )
    law, pooled = fitted(1)
    assert verdict(law, pooled).startswith(
        f"Frequent concepts score better: {pooled.slope.value:+.3g} per decade, betw"
    )


def test_what_cannot_be_told_is_said() -> None:
    law, pooled = fitted()
    unknown = replace(pooled, within=Estimate(0.02, -0.1, 0.14))
    assert verdict(law, unknown) == (
        "This fit cannot say whether frequency helps: +0.02 per decade within 3 sets, between -0.1 and 0.14."
    )
    assert "too few for an interval" in verdict(law, replace(pooled, within=Estimate(0.02)))


def test_what_the_bins_hide_is_said() -> None:
    law, pooled = fitted()
    fragile = replace(law, r=0.89, r_inner=0.34, r_all=0.65)
    assert "r depends on which bins count: 0.89 over the protocol's, 0.34 over others." in verdict(fragile, pooled)
    flattering = replace(pooled, r=Estimate(0.22))
    said = verdict(replace(law, r=0.94), flattering)
    assert said.endswith("r over bins is 0.94, but frequency explains 4.8% of how concepts differ.")
    assert "r over bins" not in verdict(replace(law, r=None, no_r="too few"), flattering)
