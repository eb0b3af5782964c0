"""Scores of concepts against their frequencies, and the slope over some concepts beside that over all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import compress

from jobs.analysis.estimate import Estimate
from jobs.analysis.law import FEW
from jobs.analysis.pooled import describe
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.settings.corpora import Corpus


@dataclass(frozen=True)
class ScoredConcepts:
    """The (set, concept) pairs of one fit: names, sets, frequencies (samples) and scores (0 to 1), of equal length."""

    title: str
    names: tuple[str, ...]
    sets: tuple[str, ...]
    frequency: tuple[float, ...]
    score: tuple[float, ...]

    def of(self, chosen: Collection[str]) -> ScoredConcepts:
        """The pairs of these names."""
        held = [name in chosen for name in self.names]
        return ScoredConcepts(
            self.title,
            tuple(compress(self.names, held)),
            tuple(compress(self.sets, held)),
            tuple(compress(self.frequency, held)),
            tuple(compress(self.score, held)),
        )

    def slope(self) -> Estimate | None:
        """The slope per decade that a fit leads with; None if the pairs are too few, or alike in frequency."""
        if len(self.names) < FEW or len(set(self.frequency)) == 1:
            return None
        return describe(self.names, self.sets, self.frequency, self.score, mixed=False).leading


def scored_concepts(
    context: Context, corpora: Sequence[Corpus], search: str, threshold: float | None
) -> list[ScoredConcepts]:
    """The settings' own fits of shares under one search; none without the section `fit`, or without a score.

    Fits of errors, and of scores in another unit, are left out: a mean over them would say nothing.
    """
    if context.settings.fit is None:
        return []
    try:
        items = under_first_protocol(fit_inputs(context, corpora))
    except ConceptfreqError:
        # Nothing is evaluated yet, or not all of it is counted.
        return []
    return [
        ScoredConcepts(item.title, item.names, item.set_of, item.frequency, item.score)
        for item in items
        if (item.search, item.threshold) == (search, threshold) and item.are_shares and item.higher_is_better
    ]
