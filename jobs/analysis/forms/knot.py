"""The knot of the hinge: whether the slope changes at all, where it does, and how well that is known.

If the slope does not change, no knot exists, and twice the log of the likelihood ratio is no chi-squared (Davies 1987).
So the change is judged by its largest score over all knots: each score is summed over clusters (sets, or concepts of
one set), and clusters change their signs together over all knots, as they might if there were no change (Hansen 1996;
Canay, Romano and Shaikh 2017). All patterns of signs are tried for up to 10 clusters, else 999 that a seed draws.

The interval holds the knots that are not refuted. At the true knot a step, which is what the hinge's derivative in the
knot looks like, adds nothing to the broken line: the knots at which the step's interval holds 0 are those that remain.
That is true for every knot if there is no change, so that the interval is then all that was searched.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.cluster_robust import around_set_means, clustered_fit
from jobs.analysis.forms.shapes import knots

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Fewer clusters have too few patterns of signs for a p value below 0.05.
LEAST_CLUSTERS = 6
EVERY_PATTERN = 10
DRAWS, SEED = 999, 0
# Beyond so many concepts they are judged in so many groups.
MOST_CLUSTERS = 1000


@dataclass(frozen=True)
class Knot:
    """Where the slope changes, in log10 of frequency. An end of the interval is None if knots beyond it may be true."""

    at: float
    low: float | None
    high: float | None


def p_of_change(x: Floats, y: Floats, set_of: Integers, name_of: Integers) -> float | None:
    """The p value of a change of the slope over points (n,), against one line within sets; sets and names from 0.

    None for fewer than `LEAST_CLUSTERS` sets, or concepts if there is one set.
    """
    cluster_of = clusters(set_of, name_of)
    number = int(cluster_of.max()) + 1
    if number < LEAST_CLUSTERS:
        return None
    scores = _scores_of_knots(around_set_means(x, set_of), around_set_means(y, set_of), x, set_of, cluster_of)
    scale = np.sqrt((scores**2).sum(1))
    scores = scores[scale > 1e-9 * (scale.max() or 1.0)]
    if not len(scores):
        return None
    scores = scores / np.sqrt((scores**2).sum(1, keepdims=True))
    signs = _signs(number)
    largest = np.concatenate([np.abs(some @ scores.T).max(1) for some in np.array_split(signs, 10)])
    beyond = int((largest >= np.abs(scores.sum(1)).max() * (1 - 1e-9)).sum())
    # Every pattern has that of the data among them; draws have not.
    return beyond / len(signs) if number <= EVERY_PATTERN else (beyond + 1) / (len(signs) + 1)


def knot_interval(at: float, x: Floats, y: Floats, set_of: Integers, name_of: Integers) -> Knot:
    """The interval of 95 % around the knot `at` over points (n,): over sets, or over concepts if there is one set.

    It is no narrower than the step between the knots that are tried.
    """
    cluster_of, tried = clusters(set_of, name_of), knots(x)
    low = int(np.searchsorted(tried, at, side="right")) - 1
    high = low + 1
    while low >= 0 and _may_be_true(float(tried[low]), x, y, set_of, cluster_of):
        low -= 1
    while high < len(tried) and _may_be_true(float(tried[high]), x, y, set_of, cluster_of):
        high += 1
    return Knot(at, None if low < 0 else float(tried[low]), None if high == len(tried) else float(tried[high]))


def clusters(set_of: Integers, name_of: Integers) -> Integers:
    """What intervals are over: sets if there are several, else names, in groups if these are very many."""
    return set_of if set_of.max() > 0 else name_of % MOST_CLUSTERS


def _scores_of_knots(dx: Floats, dy: Floats, x: Floats, set_of: Integers, cluster_of: Integers) -> Floats:
    """What each cluster says for a change at each knot, given one line: (knots, clusters)."""
    left = dy - dx * (dx @ dy) / (dx @ dx)
    rows = []
    for knot in knots(x):
        hinge = around_set_means(np.maximum(x - knot, 0.0), set_of)
        rows.append(np.bincount(cluster_of, weights=(hinge - dx * (dx @ hinge) / (dx @ dx)) * left))
    return np.array(rows)


def _signs(clusters: int) -> Floats:
    if clusters <= EVERY_PATTERN:
        # A pattern and its opposite say the same.
        return np.array([(1.0, *rest) for rest in product((1.0, -1.0), repeat=clusters - 1)])
    return np.random.default_rng(SEED).choice((-1.0, 1.0), size=(DRAWS, clusters))


def _may_be_true(knot: float, x: Floats, y: Floats, set_of: Integers, cluster_of: Integers) -> bool:
    """Whether a step at the knot adds nothing to the line that is broken there."""
    rows = [x, np.maximum(x - knot, 0.0), (x > knot).astype(np.float64)]
    columns = np.array([around_set_means(row, set_of) for row in rows])
    if np.linalg.matrix_rank(columns @ columns.T, tol=1e-9 * float(columns[0] @ columns[0]), hermitian=True) < 3:
        return True
    step = clustered_fit(columns, around_set_means(y, set_of), cluster_of).estimate(np.array([0.0, 0.0, 1.0]))
    return step.low is None or step.high is None or step.low <= 0 <= step.high
