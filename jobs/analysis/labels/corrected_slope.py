"""The slope of the law on frequencies that labels correct, with an interval that also carries the labels' own error.

Labels come in groups. The slope is computed once without each group (the delete-a-group jackknife; K. M. Wolter,
Introduction to Variance Estimation, 2nd ed., 2007, chapter 4), from the rates of strata on. What that adds to the
slope's own error is added as variances are. Residuals hold the error of each concept's own labels as well, so that the
interval is somewhat too wide (docs/labels.md).
"""

from __future__ import annotations

from math import hypot

import numpy as np
from numpy.typing import ArrayLike

from jobs.analysis.estimate import CONFIDENCE, Estimate

# With 20 groups Student's factor is within 7 % of the normal one.
GROUPS = 20


def with_label_error(slope: Estimate, without_each: ArrayLike) -> Estimate:
    """The slope with its interval widened, by the slopes (GROUPS,) without each group of labels."""
    if slope.low is None or slope.high is None:
        return slope
    reach = label_error(without_each)
    down, up = hypot(slope.value - slope.low, reach), hypot(slope.high - slope.value, reach)
    return Estimate(slope.value, slope.value - down, slope.value + up)


def label_error(without_each: ArrayLike) -> float:
    """How far the labels' error alone reaches to either side of a value, by the values (n,) without each group."""
    # scipy takes two seconds to import.
    from scipy.special import stdtrit

    values = np.asarray(without_each, np.float64)
    variance = (values.size - 1) / values.size * float(((values - values.mean()) ** 2).sum())
    return float(stdtrit(values.size - 1, (1 + CONFIDENCE) / 2) * np.sqrt(variance))
