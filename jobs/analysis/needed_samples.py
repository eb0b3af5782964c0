"""How many samples of a concept would be needed for a score, if the law holds for it.

By the law a gain of g takes 10^(g / slope) times as many samples. The slope is the one that comes first (within sets if
there are several), and the ends of its interval give those of the factor. It is an extrapolation of means: a single
concept may need fewer or many more.
"""

from __future__ import annotations

from dataclasses import dataclass

from jobs.analysis.estimate import Estimate


@dataclass(frozen=True)
class Needed:
    """Samples that a concept needs in all; None with the reason if the fit cannot say. `high` is None if unbounded."""

    samples: float | None
    low: float | None = None
    high: float | None = None
    note: str | None = None
    """Why there is no number, or what to mistrust in it."""


def samples_needed(frequency: float, gain: float, slope: Estimate, most: float, knot: float | None = None) -> Needed:
    """Samples for a gain in score, of a concept of this frequency (1 or more), under a slope per decade.

    most: the largest frequency of the fit; beyond it nothing was seen. knot: the frequency at which the slope changes,
    if it does; beyond it this slope says nothing.
    """
    if gain <= 0:
        return Needed(frequency, frequency, frequency, "its score is there already")
    if slope.low is None or slope.high is None:
        return Needed(None, note="cannot say: the slope has no interval")
    if slope.high < 0:
        return Needed(None, note="cannot say: frequent concepts score worse")
    if slope.low <= 0:
        return Needed(None, note="cannot say: the interval of the slope reaches 0")
    samples, low, high = (_times(frequency, gain / one) for one in (slope.value, slope.high, slope.low))
    if knot is not None and (samples is None or samples > knot):
        return Needed(None, note=f"cannot say: the slope changes near {knot:,.0f} samples")
    note = "more than any concept of the fit has" if samples is None or samples > most else None
    return Needed(samples, low, high, note)


def _times(frequency: float, decades: float) -> float | None:
    """The frequency times so many decades; None beyond any corpus."""
    return frequency * 10**decades if decades < 100 else None
