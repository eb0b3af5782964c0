"""The published accuracies with the authors' three frequencies of their concepts: the fits of the paper's figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.search_words import above
from jobs.core.context import Context
from jobs.published.layout import name_fixes
from jobs.published.parts import published_specs
from jobs.reproduction.pools import Pool, make_pools
from jobs.reproduction.published_rows import SEARCHES, PublishedResults, read_published
from jobs.results.fits.definitions import CountedDefinition, ScoredDefinitions
from jobs.results.fits.joined_names import Pair, by_keys
from jobs.settings.law import Fit
from jobs.settings.protocols import Pools, load_protocols


def published_definitions(context: Context) -> Iterator[ScoredDefinitions]:
    """The models that the first protocol pools, each with text, image and integrated frequency at its threshold.

    Nothing if nothing is imported. Raises SettingsError if the protocol has no pools.
    """
    if not published_specs(context.lake):
        return
    protocol = load_protocols((context.settings.fit or Fit()).protocols)[0]
    pools = protocol.published()
    found: dict[tuple[str, str, str, str], list[Pool]] = {}
    shown = _shown(read_published(context.lake, pools.text_method), pools)
    for key, pool in make_pools(shown, pools, name_fixes(context.settings)):
        wanted = pools.classification.corpora[key.search.corpus].prompt or ""
        if isinstance(pool, Pool) and key.measure.prompt == wanted:
            found.setdefault((key.search.corpus, key.model, wanted, key.measure.metric), []).append(pool)
    for (corpus, model, prompt, metric), of_model in found.items():
        scores = {pair: value for one in of_model for pair, value in _by_keys(one, one.score).items()}
        counted = tuple(map(_counted, of_model))
        least = protocol.binning("classification", corpus).zero_becomes
        yield ScoredDefinitions(corpus, "published", model, prompt, metric, scores, counted, least)


def _shown(published: PublishedResults, pools: Pools) -> PublishedResults:
    """The searches and the measures of the paper's classification figure alone."""
    counts = {
        search: sets
        for search, sets in published.counts.items()
        if search.name in SEARCHES and search.threshold in (None, pools.threshold)
    }
    scores = {measure: sets for measure, sets in published.scores.items() if measure.task == "classification"}
    return replace(published, counts=counts, scores=scores)


def _counted(pool: Pool) -> CountedDefinition:
    search = pool.key.search
    samples = _by_keys(pool, pool.frequency)
    return CountedDefinition(above(search.name, search.threshold), search.name, search.threshold, samples)


def _by_keys(pool: Pool, values: NDArray[np.float64]) -> dict[Pair, float]:
    return by_keys(pool.set_of, pool.names, values.tolist())
