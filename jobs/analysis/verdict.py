"""What a fit says, in words that its numbers force: whether frequency helps, and what to mistrust."""

from __future__ import annotations

from typing import Literal

from jobs.analysis.law import Law
from jobs.analysis.pooled import Pooled

Direction = Literal["better", "worse", "cannot say"]

# r over the protocol's bins is called fragile if other bins give one that is so much lower.
FRAGILE = 0.3
# r over bins is called high, and the share of single concepts' variance low, at these values.
HIGH_R, LOW_R2 = 0.8, 0.1


def direction(pooled: Pooled, higher_is_better: bool = True) -> Direction:
    """Whether frequent concepts score better or worse, by the interval of the slope that comes first."""
    slope = pooled.leading
    if slope.low is None or slope.high is None or slope.low <= 0 <= slope.high:
        return "cannot say"
    return "better" if (slope.low > 0) == higher_is_better else "worse"


def verdict(law: Law, pooled: Pooled, higher_is_better: bool = True) -> str:
    """One to three sentences: the direction with its slope, then what the bins hide, if they hide something."""
    slope = pooled.leading
    where = f" within {pooled.sets} sets" if pooled.leads_within else ""
    per_decade = f"{slope.value:+.3g} per decade{where}"
    found = direction(pooled, higher_is_better)
    if slope.low is None or slope.high is None:
        first = f"This fit cannot say whether frequency helps: {per_decade}, too few for an interval."
    elif found == "cannot say":
        first = (
            f"This fit cannot say whether frequency helps: {per_decade}, between {slope.low:.3g} and {slope.high:.3g}."
        )
    else:
        first = f"Frequent concepts score {found}: {per_decade}, between {slope.low:.3g} and {slope.high:.3g}."
    return " ".join([first, *_of_bins(law, pooled)])


def _of_bins(law: Law, pooled: Pooled) -> list[str]:
    if law.r is None:
        return []
    said = []
    others = [r for r in (law.r_inner, law.r_all) if r is not None and abs(law.r) - abs(r) > FRAGILE]
    if others:
        least = min(others, key=abs)
        said.append(f"r depends on which bins count: {law.r:.2f} over the protocol's, {least:.2f} over others.")
    if abs(law.r) >= HIGH_R and pooled.r2 is not None and pooled.r2 < LOW_R2:
        said.append(f"r over bins is {law.r:.2f}, but frequency explains {pooled.r2:.1%} of how concepts differ.")
    return said
