"""Definitions of frequency compared by how well each predicts the same scores of the same concepts.

Every definition has a level for each set, as in `forms`. R² within sets says how much of the scores' variance around
their sets' means it takes away; a definition of two columns has one coefficient more, which is why the best one is
chosen by concepts that were held out. Differences are between squared errors of the same held-out points, as shares of
the variance within sets. Their intervals are over names, which tell what other concepts of these sets would have given,
and over sets (CR2, `cluster_robust`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.cluster_robust import around_set_means, clustered_fit
from jobs.analysis.correlation import spearman
from jobs.analysis.definitions.compared import ComparedDefinitions, PredictingDefinition, is_above_zero
from jobs.analysis.definitions.definition import FrequencyDefinition
from jobs.analysis.definitions.held_out import errors_of_concepts, errors_of_sets
from jobs.analysis.estimate import Estimate
from jobs.analysis.forms.held_out import folds_of
from jobs.analysis.within_sets import fit_around_means, slope_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Beyond the levels of sets.
LEAST = 12


def compare_definitions(
    names: Sequence[str], sets: Sequence[str], definitions: Sequence[FrequencyDefinition], score: ArrayLike
) -> ComparedDefinitions:
    """Compare two or more definitions over n pairs by name, set and score in any unit.

    Raises ValueError for too few concepts, or if the score or a definition varies in no set.
    """
    y = np.asarray(score, np.float64)
    name_of, set_of = (np.unique(np.asarray(labels), return_inverse=True)[1] for labels in (names, sets))
    _check(y, set_of, definitions)
    points = _Points(y, set_of, name_of, folds_of(names))
    found = [points.predicting(one) for one in definitions]
    best = max(range(len(found)), key=lambda at: found[at].r2_concepts)
    told = [points.behind(one, found[best]) if at != best else one for at, one in enumerate(found)]
    return ComparedDefinitions(tuple(told), int(y.size), int(set_of.max()) + 1)


@dataclass(frozen=True)
class _Points:
    """Scores (n,), with sets, names and folds, numbered from 0."""

    y: Floats
    set_of: Integers
    name_of: Integers
    fold_of: Integers

    @cached_property
    def _level(self) -> Floats:
        """The squares that the sets' levels alone leave, for concepts that were held out."""
        return errors_of_concepts(np.zeros((0, self.y.size)), self.y, self.set_of, self.fold_of) ** 2

    @cached_property
    def _around(self) -> Floats:
        return around_set_means(self.y, self.set_of)

    @property
    def _has_sets(self) -> bool:
        return bool(self.set_of.max() > 0)

    def predicting(self, definition: FrequencyDefinition) -> PredictingDefinition:
        """How well a definition predicts, without the best one beside it."""
        return PredictingDefinition(
            definition=definition,
            r2=self._r2(definition.columns),
            slope=self._slope(definition.columns),
            spearman=self._spearman(definition.columns),
            r2_concepts=1 - float(np.nansum(self._of_concepts(definition)) / np.nansum(self._level)),
            r2_sets=1 - float(self._of_sets(definition).sum() / self._squares) if self._has_sets else None,
            behind_concepts=None,
            behind_sets=None,
            due_to_zeros=None,
        )

    def behind(self, one: PredictingDefinition, best: PredictingDefinition) -> PredictingDefinition:
        """The same with its differences from the best one."""
        own, least = self._of_concepts(one.definition), self._of_concepts(best.definition)
        over_concepts = _mean(own - least, self.name_of, float(np.nanmean(self._level)))
        over_sets = None
        if self._has_sets:
            own, least = self._of_sets(one.definition), self._of_sets(best.definition)
            over_sets = _mean(own - least, self.set_of, self._squares / self.y.size)
        share = self._due_to_zeros(one, best) if is_above_zero(over_concepts) else None
        return replace(one, behind_concepts=over_concepts, behind_sets=over_sets, due_to_zeros=share)

    def _due_to_zeros(self, one: PredictingDefinition, best: PredictingDefinition) -> float:
        lead = self._of_concepts(one.definition) - self._of_concepts(best.definition)
        return float(np.nansum(lead[one.definition.zero]) / np.nansum(lead))

    @property
    def _squares(self) -> float:
        return float(self._around @ self._around)

    def _fit(self, columns: Floats) -> tuple[Floats, Floats]:
        """Least squares within sets: coefficients (k,), and what is left of the scores around their means (n,)."""
        around = np.array([around_set_means(column, self.set_of) for column in columns])
        coefficients = np.asarray(np.linalg.lstsq(around.T, self._around)[0])
        return coefficients, self._around - coefficients @ around

    def _r2(self, columns: Floats) -> float:
        _, left = self._fit(columns)
        return 1 - float(left @ left) / self._squares

    def _slope(self, columns: Floats) -> Estimate | None:
        around = np.array([around_set_means(column, self.set_of) for column in columns])
        try:
            return slope_of(fit_around_means(around, self._around, self.set_of, self.name_of), 0)
        except np.linalg.LinAlgError:
            # The second column is constant, or follows from the first.
            return None

    def _of_concepts(self, definition: FrequencyDefinition) -> Floats:
        return errors_of_concepts(definition.columns, self.y, self.set_of, self.fold_of) ** 2

    def _of_sets(self, definition: FrequencyDefinition) -> Floats:
        return errors_of_sets(definition.columns, self.y, self.set_of) ** 2

    def _spearman(self, columns: Floats) -> float | None:
        # The columns themselves, and not what they fit: rounding would part concepts whose counts are equal.
        x = columns[0] if len(columns) == 1 else self._fit(columns)[0] @ columns
        found = []
        for one in range(int(self.set_of.max()) + 1):
            inside = self.set_of == one
            rank = spearman(x[inside], self.y[inside])
            if rank is not None:
                found.append((rank, int(inside.sum())))
        return sum(rank * size for rank, size in found) / sum(size for _, size in found) if found else None


def _mean(values: Floats, cluster_of: Integers, unit: float) -> Estimate:
    """The mean of values (n,) in units of `unit`, with its interval over clusters; NaN is left out."""
    known = np.isfinite(values)
    clusters = np.unique(cluster_of[known], return_inverse=True)[1]
    return clustered_fit(np.ones((1, int(known.sum()))), values[known] / unit, clusters).estimate(np.ones(1))


def _check(y: Floats, set_of: Integers, definitions: Sequence[FrequencyDefinition]) -> None:
    sets = int(set_of.max(initial=-1)) + 1
    if len(definitions) < 2:
        raise ValueError("there are no two definitions to compare")
    if y.size < LEAST + sets:
        raise ValueError(
            f"all definitions and the scores have {y.size} concepts of {sets} sets in common, too few to compare them: "
            f"{LEAST + sets} are needed"
        )
    for what, values in (("score", y), *((one.name, one.columns[0]) for one in definitions)):
        if np.ptp(around_set_means(values, set_of)) <= 1e-9 * max(np.abs(values).max(), 1.0):
            raise ValueError(f"the {what} of the {y.size} concepts varies in no set")
