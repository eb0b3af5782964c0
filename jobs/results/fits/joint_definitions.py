"""Two definitions of frequency at once, such as text search and another group's table, for each model's scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.analysis.joint import Joint, joint_slopes
from jobs.results.fits.definitions import ScoredDefinitions


@dataclass(frozen=True)
class JointOfDefinitions:
    """Two definitions over the concepts that both and the scores have."""

    item: ScoredDefinitions
    joint: Joint

    @property
    def rows(self) -> Iterator[dict[str, object]]:
        """Rows in the columns of JOINT_ROWS; a threshold is a part of a definition's name."""
        item = self.item
        key = {"corpus": item.corpus, "model": item.model, "prompt": item.prompt, "metric": item.metric}
        return ({**key, "threshold": None, **row} for row in self.joint.rows)

    def __str__(self) -> str:
        return f"{self.item.title}: {self.joint.verdict}"


def joint_of_definitions(items: Sequence[ScoredDefinitions], refused: list[str]) -> Iterator[JointOfDefinitions]:
    """The two definitions of each of `items` at once; those that cannot be fitted are added to `refused`."""
    for item in items:
        try:
            yield JointOfDefinitions(item, _joint(item))
        except ValueError as refusal:
            refused.append(f"{item.title}: {refusal}")


def _joint(item: ScoredDefinitions) -> Joint:
    if len(item.definitions) != 2:
        known = ", ".join(one.name for one in item.definitions) or "neither"
        raise ValueError(f"of the two definitions, the corpus has {known}")
    first, second = item.definitions
    pairs = item.common
    by_first, by_second = ([one.samples[pair] for pair in pairs] for one in item.definitions)
    names, sets = [concept for _, concept in pairs], [of_set for of_set, _ in pairs]
    score = [item.scores[pair] for pair in pairs]
    return joint_slopes(names, sets, by_first, by_second, score, item.zero_becomes, (first.name, second.name))
