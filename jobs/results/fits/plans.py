"""How many more samples each concept would need, by the fits under the first protocol.

A target and a gain are shares. If a lower score is the better one, a gain is what a score falls by.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from jobs.analysis.needed_samples import Needed, samples_needed
from jobs.core.context import Context
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.fits.first_fits import first_fits
from jobs.results.fits.fit_columns import FIT
from jobs.results.fits.fitted import FitInput, Fitted

log = logging.getLogger(__name__)

PLAN = pa.schema(
    [
        *FIT,
        ("set", pa.string()),
        ("concept", pa.string()),
        ("frequency", pa.int64()),
        ("score", pa.float64()),
        ("target", pa.float64()),
        ("needed", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("note", pa.string()),
    ]
)


@dataclass(frozen=True)
class FitPlan:
    """Concepts of one fit with what each of them needs for its target (a score from 0 to 1).

    places (n,): their places in the fit's input.
    """

    fit: Fitted
    places: tuple[int, ...]
    targets: tuple[float, ...]
    needed: tuple[Needed, ...]

    @property
    def rows(self) -> Iterator[dict[str, object]]:
        """Rows in the columns of PLAN."""
        item = self.fit.item
        for place, target, needed in zip(self.places, self.targets, self.needed, strict=True):
            concept = {"set": item.set_of[place], "concept": item.names[place], "target": target}
            concept |= {"frequency": item.frequency[place], "score": item.score[place]}
            whole = {"needed": needed.samples, "low": needed.low, "high": needed.high}
            yield {**item.key, **concept, **whole, "note": needed.note}

    def __str__(self) -> str:
        slope = self.fit.pooled.leading
        where = " within sets" if self.fit.pooled.leads_within else ""
        told = sum(needed.samples is not None for needed in self.needed)
        interval = "" if slope.low is None else f", between {slope.low:.3g} and {slope.high:.3g}"
        return (
            f"{self.fit.item.title}: {slope.value:+.3g} per decade{where}{interval}; "
            f"{told:,} of {len(self.needed):,} concepts have a number"
        )


def plans(context: Context, target: float | None, gain: float | None) -> list[FitPlan]:
    """A plan for each fit of shares: for scores as good as `target`, or better than now by `gain` (both from 0 to 1).

    Fits of other scores are named in a warning. Raises SettingsError without the section `fit`, ConceptfreqError if
    there is no fit to plan by.
    """
    settings = context.settings
    if settings.fit is None:
        raise SettingsError(f"{settings.name}: a plan needs the section 'fit'")
    first = first_fits(context)
    found, why = [], first.refusals[-1] if first.refusals else "nothing is evaluated"
    for fit in first.fits:
        if fit.item.are_shares:
            found.append(plan_of(fit, target, gain))
            continue
        why = (
            f"{fit.item.title}: scores in unit '{fit.item.unit}' are no shares, so points and shares mean nothing there"
        )
        log.warning("no plan by %s", why)
    if not found:
        raise ConceptfreqError(f"{settings.name}: no fit to plan by: {why}")
    return found


def plan_of(fit: Fitted, target: float | None, gain: float | None, concept: str | None = None) -> FitPlan:
    """The plan of one fit of shares, as `plans`; concept: only for this one."""
    item, slope = fit.item, fit.pooled.leading
    better = 1 if item.higher_is_better else -1
    slope = slope if better > 0 else slope.negated()
    places = tuple(place for place, name in enumerate(item.names) if concept in (None, name))
    targets = tuple(_target(item.score[place], target, (gain or 0.0) * better) for place in places)
    most, least, knot = max(item.frequency), item.protocol.zero_becomes, _knot(item) if places else None
    needed = tuple(
        samples_needed(max(item.frequency[place], least), better * (wanted - item.score[place]), slope, most, knot)
        for place, wanted in zip(places, targets, strict=True)
    )
    return FitPlan(fit, places, targets, needed)


def _target(score: float, target: float | None, change: float) -> float:
    return target if target is not None else min(1.0, max(0.0, score + change))


def _knot(item: FitInput) -> float | None:
    """The frequency at which the slope changes, if the data support that it does."""
    try:
        knot = item.forms().knot
    except ValueError:
        # Too few concepts to compare forms.
        return None
    return None if knot is None else float(10**knot.at)
