"""Definitions of frequency compared over the same concepts: which predicts best, and what the data tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.analysis.definitions.definition import FrequencyDefinition
from jobs.analysis.estimate import Estimate

COLUMNS = (
    "concepts", "sets", "definition", "zeros", "r2", "slope", "slope_low", "slope_high", "spearman",
    "r2_held_out_concepts", "r2_held_out_sets",
    "behind_over_concepts", "behind_over_concepts_low", "behind_over_concepts_high",
    "behind_over_sets", "behind_over_sets_low", "behind_over_sets_high", "due_to_zeros", "best",
)  # fmt: skip
Value = float | int | str | bool | None


def is_above_zero(found: Estimate | None) -> bool:
    """Whether an estimate's interval lies above 0; not if there is none."""
    return found is not None and found.low is not None and found.low > 0


@dataclass(frozen=True)
class PredictingDefinition:
    """How well one definition predicts. Each R² is a share of what the scores vary within sets."""

    definition: FrequencyDefinition
    r2: float
    """Of least squares with a level for each set, over all concepts."""
    slope: Estimate | None
    """Of the law by it alone, within sets, per decade; of its first column given the second, if it has two."""
    spearman: float | None
    """The mean of the sets' rank correlations, weighted by their concepts; of fitted scores, if it has two columns."""
    r2_concepts: float
    """For concepts that were held out."""
    r2_sets: float | None
    """For whole sets that were held out; None if there is one set."""
    behind_concepts: Estimate | None
    """So much lower than the best one's `r2_concepts`, with an interval over concepts; None for the best one."""
    behind_sets: Estimate | None
    """So much lower than the best one's `r2_sets`, with an interval over sets; None if there is one set."""
    due_to_zeros: float | None
    """The share of its lag over concepts that lies in the concepts that it has as 0; more than 1 if it leads elsewhere.

    None unless it is behind over concepts, by its interval.
    """

    @property
    def zeros(self) -> int:
        """The number of concepts that it has as 0."""
        return int(self.definition.zero.sum())


@dataclass(frozen=True)
class ComparedDefinitions:
    """Definitions over the same concepts, in the order in which they were given."""

    found: tuple[PredictingDefinition, ...]
    concepts: int
    sets: int

    @property
    def best(self) -> PredictingDefinition:
        """The one that predicts held-out concepts best."""
        return max(self.found, key=lambda one: one.r2_concepts)

    @property
    def rivals_over_concepts(self) -> tuple[str, ...]:
        """The definitions that other concepts of these sets might favour over the best one."""
        return tuple(one.definition.name for one in self._others if not is_above_zero(one.behind_concepts))

    @property
    def rivals_over_sets(self) -> tuple[str, ...]:
        """The definitions that other sets might favour over the best one; all of them, if there is one set."""
        return tuple(one.definition.name for one in self._others if not is_above_zero(one.behind_sets))

    @property
    def verdict(self) -> str:
        """One sentence: which definition predicts best, for other concepts of these sets and for other sets."""
        best = self.best.definition.name
        first = _told(best, self.rivals_over_concepts, len(self._others))
        if self.sets == 1:
            return f"Over concepts {first}; one set says nothing of others."
        second = _told(best, self.rivals_over_sets, len(self._others))
        return f"Over concepts of these sets {first}; over other sets {second}."

    @property
    def rows(self) -> Iterator[dict[str, Value]]:
        """A row for each definition, by the names of `COLUMNS`."""
        for one in self.found:
            values = (
                self.concepts, self.sets, one.definition.name, one.zeros, one.r2, *_parts(one.slope), one.spearman,
                one.r2_concepts, one.r2_sets, *_parts(one.behind_concepts), *_parts(one.behind_sets), one.due_to_zeros,
                one is self.best,
            )  # fmt: skip
            yield dict(zip(COLUMNS, values, strict=True))

    @property
    def _others(self) -> tuple[PredictingDefinition, ...]:
        return tuple(one for one in self.found if one is not self.best)


def _told(best: str, rivals: Sequence[str], others: int) -> str:
    if not rivals:
        return f"{best} predicts best"
    if len(rivals) == others:
        return "the data do not tell them apart"
    return f"{best} predicts best, but the data do not tell it from {', '.join(rivals)}"


def _parts(found: Estimate | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if found is None else (found.value, found.low, found.high)
