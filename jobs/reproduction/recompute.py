"""Computes one reproduction from the lake's published rows: fits, comparisons and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from jobs.lake.lake import Lake
from jobs.published.layout import name_fixes
from jobs.reproduction import sheets
from jobs.reproduction.comparisons import Crossing, LongTail, WagFit, cross_corpora, let_it_wag, long_tails
from jobs.reproduction.fits import Fits, PoolFit, fit_all
from jobs.reproduction.forms_and_joint import FormsOfPool, JointOfPools, forms_of_pools, joint_of_pools
from jobs.reproduction.published_rows import SEARCHES, PublishedResults, read_published
from jobs.reproduction.sheets import Sheet
from jobs.settings.law import Fit
from jobs.settings.protocols import FitProtocol, Pools, Task, load_protocols
from jobs.settings.settings import Settings


@dataclass(frozen=True)
class Reproduction:
    """Everything that was recomputed. `pools` are those of the first protocol, which decide what the figures show."""

    protocols: tuple[FitProtocol, ...]
    pools: Pools
    published: PublishedResults
    fits: Fits
    crossings: Sequence[Crossing]
    tails: Sequence[LongTail]
    wag: WagFit | None

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Every table; that of the fits comes first."""
        return (
            sheets.fits_sheet(self.fits.made),
            sheets.beside_sheet(self.fits.made),
            sheets.refused_sheet(self.fits.refused),
            sheets.crossings_sheet(self.crossings),
            sheets.misalignment_sheet(self.published.misaligned),
            sheets.tails_sheet(self.tails),
            sheets.wag_sheet(self.wag),
            sheets.forms_sheet(self.forms),
            sheets.joint_sheet(self.joint),
        )

    def under_first_protocol(self, task: Task) -> list[PoolFit]:
        """The fits of a task under the protocol that the settings name first."""
        first = self.protocols[0].name
        return [fit for fit in self.fits.made if (fit.law.protocol.name, fit.pool.key.measure.task) == (first, task)]

    @cached_property
    def shown(self) -> tuple[PoolFit, ...]:
        """The fits of the paper's classification figure: each corpus's prompt, the figures' threshold."""
        corpora = self.pools.classification.corpora
        return tuple(
            fit
            for fit in self.under_first_protocol("classification")
            if fit.pool.key.search.name in SEARCHES
            and fit.pool.key.search.threshold in (None, self.pools.threshold)
            and fit.pool.key.measure.prompt == (corpora[fit.pool.key.search.corpus].prompt or "")
        )

    @cached_property
    def forms(self) -> tuple[FormsOfPool, ...]:
        """The forms of the law over the fits that are shown, 0.1 to 0.3 s each."""
        return tuple(forms_of_pools(self.shown))

    @cached_property
    def joint(self) -> tuple[JointOfPools, ...]:
        """Text and image search at once, over the fits that are shown."""
        return tuple(joint_of_pools(self.shown))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was reproduced; refusals do not count as results."""
        return not any(sheet.rows for sheet in self.sheets if sheet.name != sheets.REFUSED)


def reproduce(lake: Lake, settings: Settings) -> Reproduction:
    """Fit and compare all published results that the lake holds.

    Raises ConceptfreqError if nothing was imported, SettingsError if a protocol cannot be used.
    """
    protocols = load_protocols((settings.fit or Fit()).protocols)
    pools = protocols[0].published()
    published = read_published(lake, pools.text_method)
    return Reproduction(
        protocols,
        pools,
        published,
        fit_all(published, protocols, name_fixes(settings)),
        cross_corpora(published, pools),
        long_tails(published, pools),
        let_it_wag(published, pools.let_it_wag),
    )
