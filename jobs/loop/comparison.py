"""Compares what a run found in a drawn corpus with the truth, by pure functions over small counts.

A deviation is the sum over concepts of |found - true|, as a share of the true total, so that a surplus of one concept
does not hide a deficit of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST_DEVIATION: Final = 0.02
LEAST_R: Final = 0.9
# The share by which a slope may differ from that under true frequencies.
MOST_DISTORTION: Final = 0.1
# The number of concepts in a list of the worst.
WORST: Final = 3


@dataclass(frozen=True)
class FrequencyPair:
    """A concept's frequency, true and found."""

    concept: str
    true: int
    found: int


@dataclass(frozen=True)
class Tagged:
    """The numbers of images that show a concept, that were tagged with it, and both."""

    concept: str
    shown: int
    tagged: int
    both: int

    @property
    def precision(self) -> float | None:
        """The share of tagged images that show the concept; None if none is tagged."""
        return self.both / self.tagged if self.tagged else None

    @property
    def recall(self) -> float | None:
        """The share of the images showing the concept that are tagged; None if no image shows it."""
        return self.both / self.shown if self.shown else None


@dataclass(frozen=True)
class ImageSearchResult:
    """The result of image search above one threshold: tags by concept, and misaligned samples, true and found."""

    threshold: float
    tags: tuple[Tagged, ...]
    misaligned: int
    misaligned_found: int

    @property
    def overall(self) -> Tagged:
        """All concepts together; an image counts once for each of its concepts."""
        return Tagged(
            "all concepts",
            sum(one.shown for one in self.tags),
            sum(one.tagged for one in self.tags),
            sum(one.both for one in self.tags),
        )

    @property
    def poorest(self) -> list[Tagged]:
        """The concepts with the most errors: images that show it untagged, or that have its tag without showing it."""
        wrong = sorted(self.tags, key=lambda one: (2 * one.both - one.shown - one.tagged, one.concept))
        return [one for one in wrong[:WORST] if one.shown + one.tagged > 2 * one.both]


@dataclass(frozen=True)
class FoundLaw:
    """A fit of accuracy against frequency: r over the bins, the slope per decade with its interval.

    `true_slope` is the slope of the same accuracies against the true frequencies; None if the truth has none for this
    search.
    """

    title: str
    r: float | None
    r_unbinned: float | None
    slope: float
    low: float | None
    high: float | None
    true_slope: float | None = None

    @property
    def distorted(self) -> bool:
        """Whether what the search counts gives another slope than the truth."""
        true = self.true_slope
        return true is not None and abs(self.slope - true) > MOST_DISTORTION * abs(true)


@dataclass(frozen=True)
class LawByLabels:
    """The slope of a fit, and that on frequencies which labels correct, with its interval; `labels` is their number.

    `true_slope` is as in FoundLaw.
    """

    title: str
    labels: int
    slope: float
    corrected: float
    low: float | None
    high: float | None
    true_slope: float | None

    @property
    def holds_truth(self) -> bool:
        """Whether the interval holds the slope under true frequencies."""
        if self.low is None or self.high is None or self.true_slope is None:
            return False
        return self.low <= self.true_slope <= self.high


@dataclass(frozen=True)
class Comparison:
    """Everything by which the closed loop is judged; `law` is the law for text search.

    `by_labels` is the law for image search, corrected by labels; None if it was not fitted.
    """

    samples: int
    text: tuple[FrequencyPair, ...]
    seen: tuple[ImageSearchResult, ...]
    law: FoundLaw
    other_laws: tuple[FoundLaw, ...] = ()
    by_labels: LawByLabels | None = None

    @property
    def text_deviation(self) -> float:
        """The deviation of the text frequencies."""
        true = sum(one.true for one in self.text)
        wrong = sum(abs(one.found - one.true) for one in self.text)
        return wrong / true if true else float(wrong > 0)

    @property
    def deviating(self) -> list[FrequencyPair]:
        """The concepts whose text frequency is not the true one, the worst first."""
        wrong = [one for one in self.text if one.found != one.true]
        return sorted(wrong, key=lambda one: (-abs(one.found - one.true), one.concept))

    @property
    def distorted(self) -> list[FoundLaw]:
        """The laws of other searches whose slope is not the one under true frequencies."""
        return [law for law in self.other_laws if law.distorted]

    @property
    def failures(self) -> list[str]:
        """The failures in words; none if the loop closes."""
        found = []
        if self.text_deviation > MOST_DEVIATION:
            share, limit = f"{self.text_deviation:.2%}", f"{MOST_DEVIATION:.0%}"
            found.append(f"the text frequencies deviate by {share}; at most {limit} expected")
        if not (self.law.r is not None and self.law.r >= LEAST_R):
            found.append(f"the law's r is {_share(self.law.r)}; at least {LEAST_R} expected")
        if self.law.distorted:
            slopes = f"{self.law.slope:+.3f} per decade, and by true frequencies {self.law.true_slope:+.3f}"
            found.append(f"the law's slope is {slopes}; at most {MOST_DISTORTION:.0%} apart expected")
        return found


def text_frequencies(true: Mapping[str, int], found: Mapping[str, int]) -> tuple[FrequencyPair, ...]:
    """Text frequencies for every concept of either side; a concept that one side lacks counts as 0 there."""
    return tuple(FrequencyPair(name, true.get(name, 0), found.get(name, 0)) for name in sorted({**true, **found}))


def render(comparison: Comparison) -> str:
    """The comparison as plain text, a few lines: every concept is in `concept_rows`, every law in the report."""
    found = [*_text(comparison), *_images(comparison.seen), *_laws(comparison), *_by_labels(comparison.by_labels)]
    return "\n".join([*found, *_verdict(comparison)])


def concept_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One row per concept and threshold: text and image frequency, each true and found, precision and recall."""
    text = {one.concept: one for one in comparison.text}
    return [
        {
            "concept": one.concept,
            "text_true": text[one.concept].true,
            "text_found": text[one.concept].found,
            "threshold": seen.threshold,
            "image_true": one.shown,
            "image_found": one.tagged,
            "precision": one.precision,
            "recall": one.recall,
        }
        for seen in comparison.seen
        for one in seen.tags
    ]


def _text(comparison: Comparison) -> list[str]:
    true, found = sum(one.true for one in comparison.text), sum(one.found for one in comparison.text)
    worst = [f"{one.concept} ({one.found:,} for {one.true:,})" for one in comparison.deviating[:WORST]]
    more = len(comparison.deviating) - WORST
    return [
        f"{comparison.samples:,} samples, {len(comparison.text)} concepts",
        f"text     {found:,} found, {true:,} in truth; deviation {comparison.text_deviation:.2%}"
        + _listed([*worst, *([f"{more} more"] if more > 0 else [])]),
    ]


def _images(seen: Sequence[ImageSearchResult]) -> list[str]:
    return [
        f"images   above {one.threshold:g}: precision {_share(one.overall.precision)}, "
        f"recall {_share(one.overall.recall)}; "
        f"misaligned {one.misaligned_found:,} found, {one.misaligned:,} in truth"
        + _listed([poor.concept for poor in one.poorest])
        for one in seen
    ]


def _listed(worst: Sequence[str]) -> str:
    return f"; furthest off: {', '.join(worst)}" if worst else ""


def _laws(comparison: Comparison) -> list[str]:
    law, others = comparison.law, [other.r for other in comparison.other_laws if other.r is not None]
    interval = "" if law.low is None or law.high is None else f" ({law.low:+.3f} to {law.high:+.3f})"
    lines = [
        f"law      {law.title}: r {_share(law.r)}, over concepts {_share(law.r_unbinned)}; "
        f"{law.slope:+.3f} per decade{interval}{_by_truth(law)}"
    ]
    if others:
        lines.append(f"         of other searches and prompts, {len(others)}: r {min(others):.3f} to {max(others):.3f}")
    lines += [f"         {one.title}: {one.slope:+.3f} per decade{_by_truth(one)}" for one in comparison.distorted]
    return lines


def _by_labels(law: LawByLabels | None) -> list[str]:
    if law is None:
        return []
    interval = "" if law.low is None or law.high is None else f" ({law.low:+.3f} to {law.high:+.3f})"
    truth = ""
    if law.true_slope is not None:
        truth = f"; {'holds' if law.holds_truth else 'does not hold'} the true {law.true_slope:+.3f}"
    return [
        f"labels   {law.title}: {law.slope:+.3f} per decade, corrected by {law.labels:,} labels "
        f"{law.corrected:+.3f}{interval}{truth}"
    ]


def _by_truth(law: FoundLaw) -> str:
    return "" if law.true_slope is None else f", by true frequencies {law.true_slope:+.3f}"


def _verdict(comparison: Comparison) -> list[str]:
    if comparison.failures:
        return [f"FAILED   {failure}" for failure in comparison.failures]
    distorted = len(comparison.distorted)
    if not distorted:
        return ["the loop closes"]
    laws = "the law above is" if distorted == 1 else f"the {distorted} laws above are"
    return [f"the loop closes for text search; {laws} distorted by what image search takes for a concept"]


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
