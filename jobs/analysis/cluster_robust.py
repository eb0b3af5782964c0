"""Least squares over points that come in clusters, with intervals that hold for few clusters of unequal sizes.

The variance is CR2, the bias-reduced estimator of Bell and McCaffrey ("Bias reduction in standard errors for linear
regression with multi-stage samples", Survey Methodology 28, 2002). Its t distribution has the degrees of freedom of
Satterthwaite under a working covariance (Imbens and Kolesár, "Robust standard errors in small samples", 2016), which
follow from the leverage of each cluster. A delete-one jackknife with as many degrees of freedom as clusters, less one,
covers as well if clusters are alike, and too seldom if one set has 1,000 concepts and another 10. The coverage of both
is in docs/benchmarks/intervals.md.

With k columns everything is computed from sums over each cluster of the products of columns, so that neither many
clusters nor large ones need a matrix of the points. The square root of a cluster's leverage acts on these sums:
X'(I - X M X')^(-1/2) = (I - X'X M)^(-1/2) X', with M the inverse of the sum of X'X.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.estimate import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
# A cluster that alone determines a coefficient has the leverage 1; rounding must not divide by 0 there.
LEAST_SHARE = 1e-10


@dataclass(frozen=True)
class ClusteredFit:
    """A least squares fit of n points in clusters: k coefficients, and what their intervals are computed from."""

    coefficients: Floats
    """Shape (k,)."""
    squares: Floats
    """X'X of each cluster: shape (clusters, k, k)."""
    scores: Floats
    """X'e of each cluster, with the residuals e: shape (clusters, k)."""
    covariance: Floats
    """The working covariance of each cluster's X'e: shape (clusters, k, k). It decides degrees of freedom alone."""

    def estimate(self, contrast: Floats) -> Estimate:
        """contrast' coefficients with its interval; `contrast` has shape (k,). No interval for k clusters or fewer."""
        value, reach = float(contrast @ self.coefficients), self.quantile(contrast)
        if reach is None:
            return Estimate(value)
        reach *= float(np.sqrt(np.sum(self.terms(contrast) ** 2)))
        return Estimate(value, value - reach, value + reach)

    def terms(self, contrast: Floats) -> Floats:
        """What each cluster adds to contrast' coefficients' error, (clusters,): the variance sums their squares."""
        terms: Floats = np.einsum("gi,gi->g", self._adjusted(contrast), self.scores)
        return terms

    def quantile(self, contrast: Floats) -> float | None:
        """So many errors reach from contrast' coefficients to the ends of its interval; None if there is none."""
        # scipy takes two seconds to import.
        from scipy.stats import t

        if len(self.squares) <= contrast.size:
            # The line goes through the mean of each cluster, so that nothing is left to judge it by.
            return None
        freedom = self._freedom(self._adjusted(contrast))
        return float(t.ppf((1 + CONFIDENCE) / 2, freedom)) if freedom > 0 else None

    @property
    def _inverse(self) -> Floats:
        inverse: Floats = np.linalg.inv(self.squares.sum(0))
        return inverse

    def _adjusted(self, contrast: Floats) -> Floats:
        """Per cluster the row contrast' M (I - X'X M)^(-1/2), by which its X'e enters the variance: (clusters, k)."""
        values, vectors = np.linalg.eigh(self._inverse)
        root = (vectors * np.sqrt(values)) @ vectors.T
        shares, turns = np.linalg.eigh(root @ self.squares @ root)
        factors = 1 / np.sqrt(np.clip(1 - shares, LEAST_SHARE, None))
        adjusted: Floats = np.einsum("i,gij,gj,gkj,kl->gl", root @ contrast, turns, factors, turns, root)
        return adjusted

    def _freedom(self, adjusted: Floats) -> float:
        """Satterthwaite's degrees of freedom: (trace C)² / trace(C²), with C the covariance of the clusters' terms.

        C = diag(d) + W K W', where W has 2k columns: both traces are computed without the matrix over all clusters.
        """
        k = adjusted.shape[1]
        leverage = np.einsum("gi,gij->gj", adjusted, self.squares) @ self._inverse
        shared = np.einsum("gi,gij->gj", adjusted, self.covariance)
        own = np.einsum("gi,gi->g", shared, adjusted)
        both = np.hstack([leverage, shared])
        core = np.block([[self.covariance.sum(0), -np.eye(k)], [-np.eye(k), np.zeros((k, k))]])
        gram = core @ (both.T @ both)
        trace = own.sum() + np.trace(gram)
        of_square = (own**2).sum() + 2 * np.trace(core @ (both.T * own @ both)) + np.trace(gram @ gram)
        return float(trace**2 / of_square) if of_square > 0 else 0.0


def clustered_fit(columns: Floats, y: Floats, cluster_of: Integers, coefficients: Floats | None = None) -> ClusteredFit:
    """Least squares of y (n,) on columns (k, n), with clusters numbered from 0; the working covariance is X'X.

    coefficients: those of least squares, (k,), if they are known. Raises numpy.linalg.LinAlgError if the columns do not
    determine them.
    """
    squares = np.array([[sums(one * other, cluster_of) for other in columns] for one in columns]).transpose(2, 0, 1)
    found = np.asarray(np.linalg.solve(columns @ columns.T, columns @ y) if coefficients is None else coefficients)
    residuals = y - found @ columns
    scores = np.stack([sums(one * residuals, cluster_of) for one in columns], axis=1)
    return ClusteredFit(found, squares, scores, covariance=squares)


def around_set_means(values: Floats, set_of: Integers) -> Floats:
    """Values (n,) less their mean in their set, with sets numbered from 0."""
    centred: Floats = values - (sums(values, set_of) / np.maximum(np.bincount(set_of), 1))[set_of]
    return centred


def sums(values: Floats, cluster_of: Integers) -> Floats:
    """The sum of values (n,) in each cluster, numbered from 0."""
    return np.bincount(cluster_of, weights=values).astype(np.float64)
