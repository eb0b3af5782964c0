"""The published scores of a search's concepts, as fits of them would take them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from jobs.core.context import Context
from jobs.published.layout import name_fixes
from jobs.published.parts import published_specs
from jobs.reproduction.pools import Pool, make_pools
from jobs.reproduction.published_rows import read_published
from jobs.results.fits.slopes_of_some import ScoredConcepts
from jobs.settings.law import Fit
from jobs.settings.protocols import load_protocols

PERCENT = 100


def published_scored(
    context: Context, corpora: Collection[str], search: str, threshold: float | None
) -> list[ScoredConcepts]:
    """The accuracies that were published for these corpora, with the prompt of each corpus's figure; none if none was.

    The pools are those of the protocol that the settings name first.
    """
    settings = context.settings
    if not corpora or not published_specs(context.lake):
        return []
    pools = load_protocols((settings.fit or Fit()).protocols)[0].published()
    published = read_published(context.lake, pools.text_method)
    counts = {
        asked: sets
        for asked, sets in published.counts.items()
        if asked.corpus in corpora and (asked.name, asked.threshold) == (search, threshold)
    }
    scores = {measure: sets for measure, sets in published.scores.items() if measure.task == "classification"}
    made = make_pools(replace(published, counts=counts, scores=scores), pools, name_fixes(settings))
    return [
        _scored(pool)
        for key, pool in made
        if isinstance(pool, Pool) and key.measure.prompt == pools.classification.corpora[key.search.corpus].prompt
    ]


def _scored(pool: Pool) -> ScoredConcepts:
    unit = PERCENT if pool.unit == "percent" else 1
    score = tuple((pool.score / unit).tolist())
    return ScoredConcepts(pool.key.title, pool.names, pool.set_of, tuple(pool.frequency.tolist()), score)
