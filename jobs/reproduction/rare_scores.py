"""The scores that stand beside the rarest concepts: own ones, and published ones."""

from __future__ import annotations

from jobs.core.context import Context
from jobs.reproduction.published_slopes import published_scored
from jobs.results.counts.answers import OWN
from jobs.results.fits.slopes_of_some import ScoredConcepts, scored_concepts
from jobs.results.rare_concepts import RareConcepts


def scores_beside(context: Context, found: RareConcepts) -> list[ScoredConcepts]:
    """The scores of the concepts of these corpora under the same search; none if nothing was evaluated."""
    first = found.corpora[0]
    asked = first.search, first.threshold
    own = {one.corpus for one in found.corpora if one.source == OWN}
    published = {one.corpus for one in found.corpora if one.source != OWN}
    corpora = [one for one in context.settings.corpora if one.name in own]
    return [*scored_concepts(context, corpora, *asked), *published_scored(context, published, *asked)]
