"""The slope of a mixed model: each set has its own level and slope, drawn from normal distributions."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.estimate import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Two variances of sets and their covariance are hardly known from fewer: such intervals hold in 99 to 100 % of draws.
LEAST_SETS = 10


def mixed_slope(x: Floats, y: Floats, set_of: Integers) -> Estimate | None:
    """The mean slope over sets by restricted maximum likelihood, over points (n,) whose sets are numbered from 0.

    Its interval has Student's t with as many degrees of freedom as sets, less one. None for fewer than `LEAST_SETS`, or
    if the likelihood has no maximum that the search finds.
    """
    sets = int(set_of.max()) + 1
    if sets < LEAST_SETS:
        return None
    # statsmodels takes two seconds to import.
    from scipy.stats import t
    from statsmodels.regression.mixed_linear_model import MixedLM

    # Both scaled: the search begins at variances of 1.
    columns = np.column_stack([np.ones_like(x), (x - x.mean()) / x.std()])
    with warnings.catch_warnings():
        # It warns of a variance at 0, which is an answer, and of no convergence, which is asked for below.
        warnings.simplefilter("ignore")
        try:
            fit = MixedLM(y / y.std(), columns, groups=set_of, exog_re=columns).fit(method="lbfgs")
        except np.linalg.LinAlgError:
            return None
    scale = float(y.std() / x.std())
    slope, error = float(fit.params[1]) * scale, float(fit.bse[1]) * scale
    if not (fit.converged and np.isfinite(error)):
        return None
    reach = float(t.ppf((1 + CONFIDENCE) / 2, sets - 1)) * error
    return Estimate(slope, slope - reach, slope + reach)
