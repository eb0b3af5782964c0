"""One latent frequency from several definitions: what they measure in common, with what is not known of it.

The model of measurement errors has one factor: a definition's log10 of frequency is its mean, plus a loading times the
concept's latent value, plus an error of its own that is independent of all others (Lawley and Maxwell, Factor Analysis
as a Statistical Method, 1971). Maximum likelihood (statsmodels) finds it from the concepts that every definition finds.
A definition that does not find a concept says nothing of it if another finds it: most such zeros are false. If none
finds it, each counts as `zero_becomes`. Definitions that count the same captions share errors, and weigh too much.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.estimate import CONFIDENCE
from jobs.analysis.line import log_frequency

Floats = NDArray[np.float64]

# One factor of two definitions has more numbers than their covariance.
LEAST_DEFINITIONS = 3
LEAST_CONCEPTS = 30
# Of a definition's variance: one without an error of its own would be the latent frequency by itself.
LEAST_ERROR = 0.01


@dataclass(frozen=True)
class LatentFrequency:
    """log10 of the latent frequency of n concepts with the ends of 95 % intervals, each (n,).

    Its unit is that of a definition with the mean of all means and loadings. `found_by`: how many definitions find
    the concept. `reliability`: the share of each definition's variance that the latent frequency explains.
    """

    value: Floats
    low: Floats
    high: Floats
    found_by: NDArray[np.int64]
    reliability: Mapping[str, float]


def latent_frequency(frequencies: Mapping[str, ArrayLike], zero_becomes: float = 1.0) -> LatentFrequency:
    """The latent frequency behind definitions, by name: each has n frequencies in samples.

    Raises ValueError with the reason if there is none.
    """
    x = np.array([log_frequency(counts, zero_becomes) for counts in frequencies.values()])
    found = np.array([np.asarray(counts) > 0 for counts in frequencies.values()])
    complete = found.all(0)
    if len(x) < LEAST_DEFINITIONS:
        raise ValueError(f"{len(x)} definitions have no latent frequency: {LEAST_DEFINITIONS} are needed")
    if complete.sum() < LEAST_CONCEPTS:
        raise ValueError(
            f"every definition finds {complete.sum()} concepts: a latent frequency needs {LEAST_CONCEPTS} of them"
        )
    mean, loading, error = _one_factor(x[:, complete])
    # If none finds it, all of them say so.
    heard = found | ~found.any(0)
    weight = np.where(heard, (loading / error)[:, None], 0.0)
    precision = 1.0 + loading @ weight
    latent, error_of = (weight * (x - mean[:, None])).sum(0) / precision, np.sqrt(1 / precision)
    value, reach = mean.mean() + loading.mean() * latent, _quantile() * abs(loading.mean()) * error_of
    reliability = loading**2 / (loading**2 + error)
    return LatentFrequency(
        value, value - reach, value + reach, found.sum(0), dict(zip(frequencies, reliability.tolist(), strict=True))
    )


def _one_factor(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Means, loadings and variances of errors, each (d,), of definitions x (d, n); ValueError if one is constant."""
    # statsmodels takes seconds to import.
    from statsmodels.multivariate.factor import Factor

    spread = x.std(1)
    if not (spread > 1e-9).all():
        raise ValueError("a definition has the same frequency for every concept: there is no latent frequency")
    with warnings.catch_warnings():
        # A definition without an error of its own is met by LEAST_ERROR.
        warnings.simplefilter("ignore")
        loading = np.asarray(Factor(x.T, n_factor=1, method="ml").fit().loadings)[:, 0]
    loading = np.clip(loading * np.sign(loading.sum()), -np.sqrt(1 - LEAST_ERROR), np.sqrt(1 - LEAST_ERROR))
    return x.mean(1), loading * spread, (1 - loading**2) * spread**2


def _quantile() -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + CONFIDENCE) / 2))
