"""Two frequencies at once: the slope of the score on that by text and on that by image, each given the other.

Any other two definitions of frequency may take their places.

Both are log10 of frequency, with a level for each set. Intervals are over sets (over concepts, if there is one set), as
in `slopes`. Partial R² is the share of what the one search leaves of the scores' variance within sets that the other
explains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jobs.analysis.cluster_robust import around_set_means
from jobs.analysis.estimate import Estimate
from jobs.analysis.instruments import Instrumented, instrumented_slope
from jobs.analysis.line import log_frequency
from jobs.analysis.within_sets import determined, fit_around_means, partial_r2, slope_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

COLUMNS = (
    "concepts", "sets", "correlation", "of", "alone", "alone_low", "alone_high", "given_other", "given_other_low",
    "given_other_high", "partial_r2", "instrumented", "instrumented_low", "instrumented_high", "first_stage", "note",
)  # fmt: skip
SEARCHES = ("text", "image")


@dataclass(frozen=True)
class OfSearch:
    """What one of the two searches tells; slopes are per decade of frequency, in the unit of the scores."""

    alone: Estimate
    """The slope within sets without the other search, over the same concepts."""
    given_other: Estimate
    partial_r2: float
    instrumented: Instrumented
    """Its slope with the other search as instrument."""


@dataclass(frozen=True)
class Joint:
    """Both searches over the concepts that both can answer.

    of: the names of two other definitions of frequency, if `text` and `image` stand for them.
    """

    text: OfSearch
    image: OfSearch
    correlation: float
    """Pearson's r between both log10 of frequency, within sets."""
    concepts: int
    sets: int
    of: tuple[str, str] = SEARCHES

    @property
    def rows(self) -> Iterator[dict[str, float | int | str | None]]:
        """A row for each of the two, by the names of `COLUMNS`."""
        for of, one in zip(self.of, (self.text, self.image), strict=True):
            values = (
                *_of(one.alone), *_of(one.given_other), one.partial_r2, *_of(one.instrumented.slope),
                one.instrumented.first_stage, one.instrumented.refusal,
            )  # fmt: skip
            yield dict(zip(COLUMNS, (self.concepts, self.sets, self.correlation, of, *values), strict=True))

    @property
    def verdict(self) -> str:
        """One sentence for each search: what it adds to the other."""
        first, second = self.of
        return " ".join(
            f"{name[0].upper()}{name[1:]} after {other}: {found.given_other.in_brackets()} per decade, partial R² "
            f"{found.partial_r2:.1%}."
            for name, other, found in ((first, second, self.text), (second, first, self.image))
        )


def joint_slopes(
    names: Sequence[str],
    sets: Sequence[str],
    by_text: ArrayLike,
    by_image: ArrayLike,
    score: ArrayLike,
    zero_becomes: float = 1.0,
    of: tuple[str, str] = SEARCHES,
) -> Joint:
    """Both slopes over n pairs by name, set, two frequencies in samples, and score in any unit.

    of: the names of the two definitions of frequency, if they are not text and image search. Raises ValueError for too
    few concepts, if one of the three varies in no set, or if the two frequencies are alike.
    """
    name_of, set_of = (np.unique(np.asarray(labels), return_inverse=True)[1] for labels in (names, sets))
    x = np.array([around_set_means(log_frequency(counts, zero_becomes), set_of) for counts in (by_text, by_image)])
    y = around_set_means(np.asarray(score, np.float64), set_of)
    r = determined(x, y, int(set_of.max(initial=-1)) + 1, (f"{of[0]} frequency", f"{of[1]} frequency"))
    both = fit_around_means(x, y, set_of, name_of)
    found = []
    for own, other in ((0, 1), (1, 0)):
        alone = slope_of(fit_around_means(x[own : own + 1], y, set_of, name_of), 0)
        instrumented = instrumented_slope(x[own], x[other], y, set_of, name_of)
        found.append(OfSearch(alone, slope_of(both, own), partial_r2(x[own], x[other], y), instrumented))
    return Joint(found[0], found[1], r, int(y.size), int(set_of.max()) + 1, of)


def joint_of_answered(
    by_text: Mapping[tuple[str, str], float],
    names: Sequence[str],
    sets: Sequence[str],
    by_image: ArrayLike,
    score: ArrayLike,
    zero_becomes: float = 1.0,
) -> Joint:
    """`joint_slopes` over those of n pairs by image search that text search answers too: `by_text` by set and name.

    Raises ValueError as `joint_slopes` does, and if there is no such pair.
    """
    both = [at for at, pair in enumerate(zip(sets, names, strict=True)) if pair in by_text]
    if not both:
        raise ValueError("no concept is answered by both searches")
    names, sets = [names[at] for at in both], [sets[at] for at in both]
    text = [by_text[pair] for pair in zip(sets, names, strict=True)]
    return joint_slopes(names, sets, text, np.asarray(by_image)[both], np.asarray(score)[both], zero_becomes)


def _of(found: Estimate | None) -> tuple[float | None, ...]:
    return (None, None, None) if found is None else astuple(found)
