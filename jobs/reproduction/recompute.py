"""Computes one reproduction from the lake's published rows: fits, comparisons and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.lake.lake import Lake
from jobs.published.layout import name_fixes
from jobs.reproduction import sheets
from jobs.reproduction.comparisons import Crossing, LongTail, WagFit, cross_corpora, let_it_wag, long_tails
from jobs.reproduction.fits import Fits, PoolFit, fit_all
from jobs.reproduction.published_rows import PublishedResults, read_published
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
        )

    def under_first_protocol(self, task: Task) -> list[PoolFit]:
        """The fits of a task under the protocol that the settings name first."""
        first = self.protocols[0].name
        return [fit for fit in self.fits.made if (fit.law.protocol.name, fit.pool.key.measure.task) == (first, task)]

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
