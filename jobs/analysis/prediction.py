"""Where the score of a single concept may lie, given its frequency.

A line's interval says where the mean of many concepts of one frequency lies. Scores of single concepts scatter around
it by a hundred times as much, and not as a normal distribution does: shares end at 0 and 1. So the interval is as wide
as the errors that the line makes for concepts it has not seen, one left out at a time (J. Lei and others,
"Distribution-free predictive inference for regression", JASA 113, 2018, section 2.4, the jackknife).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.estimate import CONFIDENCE, Estimate
from jobs.analysis.line import Line, fit_line

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Predictor:
    """Predicts a score by a line, with an interval for a single concept."""

    line: Line
    reach: float | None
    """Half the interval's width; None for fewer than 19 concepts, of which not even the largest error is in 20."""
    share: bool
    """Whether scores are shares, so that a prediction lies between 0 and 1."""

    def predict(self, x: float) -> Estimate:
        """The score at x = log10(frequency) with the ends of its interval; all are from 0 to 1 if scores are shares."""
        value = self.line.at(x)
        if self.reach is None:
            return Estimate(self._kept(value))
        return Estimate(self._kept(value), self._kept(value - self.reach), self._kept(value + self.reach))

    def _kept(self, value: float) -> float:
        return min(1.0, max(0.0, value)) if self.share else value


def predictor(x: Floats, y: Floats, share: bool) -> Predictor:
    """The least squares line over concepts (n,) with the errors it makes for each of them without it; x must vary.

    share: whether the scores y are shares.
    """
    line, dx = fit_line(x, y), x - x.mean()
    leverage = 1 / x.size + dx**2 / (dx @ dx)
    errors = np.sort(np.abs(y - line.intercept - line.slope * x) / np.maximum(1 - leverage, 1e-10))
    rank = int(np.ceil(CONFIDENCE * (x.size + 1)))
    reach = float(errors[rank - 1]) if rank <= x.size else None
    return Predictor(line, reach, share)
