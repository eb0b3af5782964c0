"""The four forms of a score against x = log10(frequency): which columns each adds to the level of a set.

All have score = level of the set + coefficients * columns(x), with columns that depend on at most two numbers, the
shape. Levels and coefficients are least squares for a given shape, so that only the shape is searched, on a grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# For shapes (g, numbers) and x (n,): each column as (g, n), or as (n,) if it depends on no shape.
Columns = Callable[[Floats, Floats], tuple[Floats, ...]]

KNOTS, POWERS, MIDDLES, WIDTHS = 81, 61, 25, 8
# Knots lie where at least this share of concepts is on either side, as thresholds do in Andrews (1993).
TRIMMED = 0.1
# In decades: the narrowest logistic step.
NARROWEST = 0.1


@dataclass(frozen=True)
class Form:
    """One form of the law."""

    name: str
    parameters: int
    """Coefficients and numbers of its shape: what it has beyond the levels of sets."""
    grid: Callable[[Floats], Floats]
    """The shapes that are tried for these x: (g, numbers)."""
    columns: Columns


def knots(x: Floats) -> Floats:
    """The knots that are tried, in log10 of frequency: shape (KNOTS,)."""
    low, high = np.quantile(x, [TRIMMED, 1 - TRIMMED])
    return np.linspace(low, high, KNOTS)


def _line(shapes: Floats, x: Floats) -> tuple[Floats, ...]:
    return (x,)


def _power(shapes: Floats, x: Floats) -> tuple[Floats, ...]:
    """(frequency^p - 1) / p: p = 0 is the line."""
    power = shapes * np.log(10)
    flat = np.abs(power) < 1e-9
    return (np.where(flat, x, np.expm1(power * x) / np.where(flat, 1.0, power)),)


def _logistic(shapes: Floats, x: Floats) -> tuple[Floats, ...]:
    middle, width = shapes[:, :1], shapes[:, 1:]
    return (0.5 + 0.5 * np.tanh((x - middle) / (2 * width)),)


def _hinge(shapes: Floats, x: Floats) -> tuple[Floats, ...]:
    return (x, np.maximum(x - shapes, 0.0))


def _middles_and_widths(x: Floats) -> Floats:
    middles = np.linspace(x.min(), x.max(), MIDDLES)
    widths = np.geomspace(NARROWEST, max(2 * NARROWEST, float(np.ptp(x))), WIDTHS)
    return np.array([(middle, width) for middle in middles for width in widths])


LINEAR = Form("linear", 1, lambda x: np.zeros((1, 0)), _line)
LOGISTIC = Form("logistic", 3, _middles_and_widths, _logistic)
POWER = Form("power", 2, lambda x: np.linspace(-1.0, 1.0, POWERS)[:, None], _power)
HINGE = Form("hinge", 3, lambda x: knots(x)[:, None], _hinge)
FORMS = (LINEAR, LOGISTIC, POWER, HINGE)
