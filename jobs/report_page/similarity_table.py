"""The page's table of the law beside the similarity of test images: a row for each slope of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jobs.analysis.estimate import Estimate
from jobs.analysis.similarity import STEP, Band
from jobs.results.fits.beside_similarity import SimilarityOfFit

BANDS = ("the farthest third", "the middle third", "the nearest third")


@dataclass(frozen=True)
class SlopeRow:
    """A slope in words, the similarities (-1 to 1) that it is over, and why there is none if there is none."""

    of: str
    low: float
    high: float
    concepts: int
    slope: Estimate | None
    partial_r2: float | None = None
    refusal: str | None = None


def slope_rows(one: SimilarityOfFit) -> list[SlopeRow]:
    """The slopes of a fit: alone, beside similarity, and within bands of concepts and of images."""
    found = one.found
    whole = found.low, found.high, found.concepts
    return [
        SlopeRow("alone", *whole, found.alone),
        SlopeRow("given similarity", *whole, found.given_similarity, found.partial_r2),
        SlopeRow(f"gain for {STEP:g} more of similarity", *whole, found.similarity, found.similarity_partial_r2),
        *_bands("concepts", found.bands),
        *_bands("images", one.image_bands),
    ]


def _bands(of: str, bands: tuple[Band, ...]) -> Iterator[SlopeRow]:
    names = BANDS if len(bands) == len(BANDS) else [f"part {number} of {len(bands)}" for number in range(1, 4)]
    for name, band in zip(names, bands, strict=False):
        yield SlopeRow(f"within {name} of {of}", band.low, band.high, band.concepts, band.slope, refusal=band.refusal)
