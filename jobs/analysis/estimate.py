"""An estimated value with its 95 % interval."""

from __future__ import annotations

from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value and the ends of its 95 % interval, which are None if the data are too few for one that holds."""

    value: float
    low: float | None = None
    high: float | None = None
