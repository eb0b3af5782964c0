"""The law beside sample similarity: is a concept scored well because it is frequent, or because its images are known?

Similarity of a concept is the mean over its test images of the cosine to the nearest training image, as in Mayilvahanan
and others ("Does CLIP's generalization performance mainly stem from high train-test similarity?", ICLR 2024), whom the
paper follows in its control. It is a covariate beside log10 of frequency, with a level for each set; and concepts are
cut into bands of similarity, within which the slope is fitted anew. Intervals are over sets (over concepts, if there is
one set), as in `slopes`.

More samples of a concept also lie nearer to its test images, so similarity takes away what frequency does by that way.
A slope that stays is more than nearness; a slope that goes does not show that frequency does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.cluster_robust import around_set_means
from jobs.analysis.estimate import Estimate
from jobs.analysis.line import log_frequency
from jobs.analysis.within_sets import LEAST, determined, fit_around_means, partial_r2, slope_of, varies

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

COLUMNS = (
    "of", "similarity_low", "similarity_high", "concepts", "sets", "slope", "slope_low", "slope_high", "partial_r2",
    "correlation", "note",
)  # fmt: skip
BANDS = 3
# The slope on similarity is the gain for so much more of it.
STEP = 0.1


@dataclass(frozen=True)
class Band:
    """Concepts whose similarity lies from `low` to `high`: the slope within sets, or why there is none."""

    low: float
    high: float
    concepts: int
    sets: int
    slope: Estimate | None
    refusal: str | None = None


@dataclass(frozen=True)
class BesideSimilarity:
    """Slopes per decade of frequency, in the unit of the scores; `similarity` is the gain for STEP more of it."""

    alone: Estimate
    """The slope within sets without similarity, over the same concepts."""
    given_similarity: Estimate
    partial_r2: float
    """The share of what similarity leaves of the scores' variance within sets that frequency explains."""
    similarity: Estimate
    """Given frequency."""
    similarity_partial_r2: float
    correlation: float
    """Pearson's r between log10 of frequency and similarity, within sets."""
    bands: tuple[Band, ...]
    low: float
    high: float
    concepts: int
    sets: int

    @property
    def rows(self) -> Iterator[dict[str, float | int | str | None]]:
        """A row for each slope, by the names of `COLUMNS`."""
        whole = self.low, self.high, self.concepts, self.sets
        rows: list[tuple[float | int | str | None, ...]] = [
            ("frequency", *whole, *astuple(self.alone), None, self.correlation, None),
            ("frequency given similarity", *whole, *astuple(self.given_similarity), self.partial_r2, None, None),
            ("similarity given frequency", *whole, *astuple(self.similarity), self.similarity_partial_r2, None, None),
        ]
        yield from (dict(zip(COLUMNS, row, strict=True)) for row in rows)
        yield from band_rows("frequency in band", self.bands)

    @property
    def verdict(self) -> str:
        """What the numbers say, in two sentences."""
        bands = ", ".join(one.slope.in_brackets() if one.slope else "cannot say" for one in self.bands)
        low, high = self.given_similarity.low, self.given_similarity.high
        if low is None or high is None or low <= 0 <= high:
            told = "the data do not say whether frequency tells anything beyond similarity"
        else:
            told = "frequency tells something beyond similarity"
        return (
            f"{self.alone.in_brackets()} per decade, given similarity {self.given_similarity.in_brackets()}, in bands "
            f"from far to near {bands}. So {told}."
        )


def band_rows(of: str, bands: Sequence[Band]) -> Iterator[dict[str, float | int | str | None]]:
    """A row for each band, by the names of `COLUMNS`; `of` says what is in a band."""
    for number, band in enumerate(bands, start=1):
        slope = astuple(band.slope) if band.slope else (None, None, None)
        ends = band.low, band.high, band.concepts, band.sets
        row = (f"{of} {number} of {len(bands)}", *ends, *slope, None, None, band.refusal)
        yield dict(zip(COLUMNS, row, strict=True))


def bands_of_images(
    names: Sequence[str],
    sets: Sequence[str],
    frequency: ArrayLike,
    similarity: ArrayLike,
    right: ArrayLike,
    zero_becomes: float = 1.0,
) -> tuple[Band, ...]:
    """BANDS bands over n images by their class, set, class's frequency, similarity, and whether they are right.

    The score of a concept in a band is the share of its images there that are right: so a concept is compared where its
    images are as near as those of others, and not where they are on average.
    """
    pairs, pair_of = np.unique(np.array([sets, names], str), axis=1, return_inverse=True)
    s, x = np.asarray(similarity, np.float64), log_frequency(frequency, zero_becomes)
    bands = []
    for inside in cut_into_bands(s):
        own, concept_of = np.unique(pair_of[inside], return_inverse=True)
        count = np.bincount(concept_of)
        score, own_x = (np.bincount(concept_of, of[inside]) / count for of in (np.asarray(right, np.float64), x))
        set_of, name_of = (np.unique(labels, return_inverse=True)[1] for labels in pairs[:, own])
        bands.append(_band(own_x, score, set_of, name_of, s[inside]))
    return tuple(bands)


def beside_similarity(
    names: Sequence[str],
    sets: Sequence[str],
    frequency: ArrayLike,
    similarity: ArrayLike,
    score: ArrayLike,
    zero_becomes: float = 1.0,
) -> BesideSimilarity:
    """Slopes over n concepts by name, set, frequency in samples, similarity (-1 to 1), and score in any unit.

    Raises ValueError for too few concepts, if one of the three varies in no set, or if frequency and similarity are
    alike.
    """
    name_of, set_of = (np.unique(np.asarray(labels), return_inverse=True)[1] for labels in (names, sets))
    x, s = log_frequency(frequency, zero_becomes), np.asarray(similarity, np.float64)
    y, count = np.asarray(score, np.float64), int(set_of.max(initial=-1)) + 1
    columns = np.array([around_set_means(one, set_of) for one in (x, s / STEP)])
    around = around_set_means(y, set_of)
    r = determined(columns, around, count, ("frequency", "similarity"))
    both = fit_around_means(columns, around, set_of, name_of)
    alone = slope_of(fit_around_means(columns[:1], around, set_of, name_of), 0)
    return BesideSimilarity(
        alone=alone,
        given_similarity=slope_of(both, 0),
        partial_r2=partial_r2(columns[0], columns[1], around),
        similarity=slope_of(both, 1),
        similarity_partial_r2=partial_r2(columns[1], columns[0], around),
        correlation=r,
        bands=tuple(_bands(x, s, y, set_of, name_of)),
        low=float(s.min()),
        high=float(s.max()),
        concepts=int(y.size),
        sets=count,
    )


def _bands(x: Floats, s: Floats, y: Floats, set_of: Integers, name_of: Integers) -> Iterator[Band]:
    """BANDS bands of about as many concepts each."""
    for inside in cut_into_bands(s):
        own_sets, own_names = (np.unique(of[inside], return_inverse=True)[1] for of in (set_of, name_of))
        yield _band(x[inside], y[inside], own_sets, own_names, s[inside])


def cut_into_bands(s: Floats) -> Iterator[NDArray[np.bool_]]:
    """Which of n points with similarities s are in each band, from the least to the highest; ties stay together."""
    cuts = np.quantile(s, np.linspace(0, 1, BANDS + 1)[1:-1])
    band_of = np.searchsorted(cuts, s, side="left")
    return (band_of == number for number in range(BANDS) if (band_of == number).any())


def _band(x: Floats, y: Floats, set_of: Integers, name_of: Integers, s: Floats) -> Band:
    """A band of concepts with frequencies x and scores y; `s` are the similarities in it."""
    slope, refusal = _slope(x, y, set_of, name_of)
    return Band(float(s.min()), float(s.max()), int(y.size), int(set_of.max()) + 1, slope, refusal)


def _slope(x: Floats, y: Floats, set_of: Integers, name_of: Integers) -> tuple[Estimate | None, str | None]:
    """The slope within sets, or the reason why there is none."""
    sets = int(set_of.max()) + 1
    if y.size < LEAST + sets:
        return None, f"{y.size} concepts of {sets} sets are too few: {LEAST + sets} are needed"
    around, scores = around_set_means(x, set_of), around_set_means(y, set_of)
    for what, values in (("frequency", around), ("score", scores)):
        if not varies(values):
            return None, f"the {what} varies in no set"
    return slope_of(fit_around_means(around[None], scores, set_of, name_of), 0), None
