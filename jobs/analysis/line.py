"""A line by least squares, and the x of the law's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """score = intercept + slope * x."""

    slope: float
    intercept: float

    def at(self, x: float) -> float:
        """The score at x."""
        return self.intercept + self.slope * x


def log_frequency(frequency: ArrayLike, least: float) -> Floats:
    """log10 of frequencies (n,) in samples, of which those below `least` are raised to it."""
    return np.log10(np.maximum(np.asarray(frequency, np.float64), least))


def fit_line(x: Floats, y: Floats) -> Line:
    """Least squares over the points (n,); x must vary."""
    dx = x - x.mean()
    slope = float(dx @ (y - y.mean()) / (dx @ dx))
    return Line(slope, float(y.mean() - slope * x.mean()))
