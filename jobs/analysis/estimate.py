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

    def in_brackets(self, digits: int = 3) -> str:
        """The value with its sign, and the ends of its interval in brackets if it has one."""
        if self.low is None or self.high is None:
            return f"{self.value:+.{digits}g}"
        return f"{self.value:+.{digits}g} [{self.low:.{digits}g}, {self.high:.{digits}g}]"

    def negated(self) -> Estimate:
        """The estimate of minus the value."""
        low = None if self.high is None else -self.high
        return Estimate(-self.value, low, None if self.low is None else -self.low)
