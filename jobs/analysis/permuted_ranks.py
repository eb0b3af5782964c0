"""The effect of frequency in corpora that give it to concepts by lot, with each concept's own level as a random effect.

Score = level of the corpus + slope * log10(frequency) + level of the concept + error. The levels of concepts are drawn
from one normal distribution, fitted with the rest by restricted maximum likelihood (Laird and Ware, "Random-effects
models for longitudinal data", Biometrics 38, 1982). Because every concept has other frequencies in other corpora, its
level is told apart from its frequency; because lots decide, the slope is an effect and not a correlation.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.cluster_robust import around_set_means
from jobs.analysis.estimate import CONFIDENCE, Estimate
from jobs.analysis.line import log_frequency
from jobs.analysis.slopes import SLOPE, pooled_line

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAST_CORPORA = 3
LEAST_CONCEPTS = 12
# Beyond this correlation frequencies of two corpora are the same.
ALIKE = 0.99


@dataclass(frozen=True)
class PermutedRanks:
    """Slopes per decade, in the unit of the scores, over corpora that share their concepts."""

    slope: Estimate
    """Of the mixed model."""
    as_correlation: Estimate
    """Of all points as one pool, with clusters of concepts: what is left if nobody knew of lots."""
    elsewhere: Estimate
    """Of a concept's frequency in the next corpus, beside its own in a mixed model: nothing that it could cause."""
    concept_spread: float
    """The standard deviation of the concepts' levels."""
    error: float
    """The standard deviation of what is left."""
    corpora: int
    concepts: int

    @property
    def verdict(self) -> str:
        """What the numbers say, in two sentences."""
        caused = self.slope.low is not None and self.slope.low > 0
        told = "More samples cause a higher score" if caused else "That more samples cause a higher score is not shown"
        return (
            f"{told}: {self.slope.in_brackets()} per decade over {self.concepts} concepts in {self.corpora} corpora. "
            f"Beside them, frequencies of another corpus give {self.elsewhere.in_brackets()}; concepts' own levels "
            f"differ by {self.concept_spread:.3f}, and {self.error:.3f} is left."
        )


def permuted_ranks(
    corpora: Sequence[int], concepts: Sequence[str], frequency: ArrayLike, score: ArrayLike
) -> PermutedRanks:
    """The effect over n points, each one concept in one corpus, with its frequency in samples and its score.

    Raises ValueError if a corpus lacks a concept of another, or for too few of either.
    """
    names, concept_of = np.unique(np.asarray(concepts), return_inverse=True)
    seeds, corpus_of = np.unique(np.asarray(corpora), return_inverse=True)
    if len(seeds) < LEAST_CORPORA or len(names) < LEAST_CONCEPTS:
        raise ValueError(
            f"{len(names)} concepts in {len(seeds)} corpora: at least {LEAST_CONCEPTS} in {LEAST_CORPORA} are needed"
        )
    order = np.lexsort([concept_of, corpus_of])
    concept_of, corpus_of = concept_of[order], corpus_of[order]
    if not np.array_equal(concept_of, np.tile(np.arange(len(names)), len(seeds))):
        raise ValueError("every corpus needs each concept, once")
    x, y = log_frequency(frequency, 1.0)[order], np.asarray(score, np.float64)[order]
    x, following, y = (around_set_means(one, corpus_of) for one in (x, np.roll(x, len(names)), y))
    if not (x @ x > 0 and y @ y > 0 and abs(x @ following) < ALIKE * (x @ x)):
        raise ValueError("frequencies and scores must vary, and frequencies must be others in each corpus")
    (slope,), spread, error = _mixed(x[None], y, concept_of)
    (_, elsewhere), _, _ = _mixed(np.stack([x, following]), y, concept_of)
    pool = pooled_line(x, y, concept_of).estimate(SLOPE)
    return PermutedRanks(slope, pool, elsewhere, spread, error, len(seeds), len(names))


def _mixed(x: Floats, y: Floats, concept_of: Integers) -> tuple[list[Estimate], float, float]:
    """Slopes on columns x (k, n), and the standard deviations of the concepts' levels and of errors.

    All are around the means of corpora, which takes their levels out, as every corpus has each concept. Intervals are
    the normal distribution's. Raises ValueError if the likelihood has no maximum that the search finds.
    """
    # scipy and statsmodels take two seconds to import.
    from scipy.stats import norm
    from statsmodels.regression.mixed_linear_model import MixedLM

    # All scaled: the search begins at variances of 1.
    units, unit = x.std(axis=1), float(y.std())
    columns = np.column_stack([np.ones_like(y), *(x / units[:, None])])
    with warnings.catch_warnings():
        # It warns of a variance at 0, which is an answer, and of no convergence, which is asked for below.
        warnings.simplefilter("ignore")
        try:
            fit = MixedLM(y / unit, columns, groups=concept_of).fit(method="bfgs")
        except np.linalg.LinAlgError as error:
            raise ValueError(f"the mixed model cannot be fitted: {error}") from None
    if not (fit.converged and np.isfinite(fit.bse_fe).all()):
        raise ValueError("the likelihood of the mixed model has no maximum that the search finds")
    reach = float(norm.ppf((1 + CONFIDENCE) / 2))
    scaled = zip(fit.fe_params[1:] * unit / units, fit.bse_fe[1:] * unit / units, strict=True)
    slopes = [Estimate(float(one), float(one - reach * error), float(one + reach * error)) for one, error in scaled]
    spread, left = (float(np.sqrt(value)) * unit for value in (fit.cov_re[0, 0], fit.scale))
    return slopes, spread, left
