"""Fits the published results under each protocol; a fit that cannot be made is listed with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.analysis.estimate import Estimate
from jobs.analysis.law import Law, fit_law
from jobs.analysis.pooled import Pooled, describe
from jobs.reproduction.pools import Key, Pool, RefusedFit, Unfit, make_pools
from jobs.reproduction.published_rows import PublishedResults
from jobs.settings.protocols import FitProtocol, Pools


@dataclass(frozen=True)
class PoolFit:
    """A pool under one protocol: its law, and the statistics of its concepts without bins."""

    pool: Pool
    law: Law
    pooled: Pooled


@dataclass(frozen=True)
class Fits:
    """The fits that were made and those that were refused, both in the order of the protocols and the tables."""

    made: tuple[PoolFit, ...]
    refused: tuple[RefusedFit, ...]

    @property
    def of_some_sets(self) -> tuple[PoolFit, ...]:
        """The fits for which some of the protocol's sets have no counts; these are never the paper's fits."""
        return tuple(fit for fit in self.made if fit.pool.absent)


def fit_all(
    published: PublishedResults,
    protocols: Sequence[FitProtocol],
    fixes: Mapping[str, Mapping[str, str]],
) -> Fits:
    """Fit every pool of every protocol."""
    made: list[PoolFit] = []
    refused: list[RefusedFit] = []
    pools: list[tuple[Pools, list[tuple[Key, Pool | Unfit]]]] = []
    for protocol in protocols:
        wanted = protocol.published()
        known = next((found for same, found in pools if same == wanted), None)
        if known is None:
            known = list(make_pools(published, wanted, fixes))
            pools.append((wanted, known))
        for key, pool in known:
            try:
                made.append(_fit(protocol, pool))
            except ValueError as reason:
                refused.append(RefusedFit(key, protocol.name, str(reason)))
    return Fits(tuple(made), tuple(refused))


def _fit(protocol: FitProtocol, pool: Pool | Unfit) -> PoolFit:
    if isinstance(pool, Unfit):
        raise pool
    bins = protocol.binning(pool.key.measure.task, pool.key.search.corpus)
    law = fit_law(pool.frequency, pool.score, bins)
    # Hundreds of mixed models would take minutes: `mixed_of` fits that of a pool which is shown.
    pooled = describe(pool.names, pool.set_of, pool.frequency, pool.score, bins.zero_becomes, mixed=False)
    return PoolFit(pool, law, pooled)


def mixed_of(fit: PoolFit) -> Estimate | None:
    """The slope of the mixed model over the fit's pool, which takes up to a second; None if there is none."""
    pool = fit.pool
    return describe(pool.names, pool.set_of, pool.frequency, pool.score, fit.law.protocol.zero_becomes).mixed
