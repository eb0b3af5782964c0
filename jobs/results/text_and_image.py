"""A concept in captions against the same concept in images: how many samples have it in one half only, and in both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.results.counts.answers import OWN, Frequency


@dataclass(frozen=True)
class TextAndImage:
    """Samples of a corpus at one threshold: found by captions, by images, and by both in the same sample."""

    corpus: str
    threshold: float
    text: int
    image: int
    both: int

    @property
    def seen(self) -> float | None:
        """The share of samples found by captions that images confirm; None if there are none."""
        return self.both / self.text if self.text else None

    @property
    def said(self) -> float | None:
        """The share of samples found by images that captions name; None if there are none."""
        return self.both / self.image if self.image else None


def text_against_image(rows: Sequence[Frequency]) -> Iterator[TextAndImage]:
    """One for each corpus and threshold at which own counts of one concept tell all three numbers."""
    own = {(row.corpus, row.search, row.threshold): row.frequency for row in rows if row.source.startswith(OWN)}
    for (corpus, search, threshold), image in own.items():
        text, both = own.get((corpus, "text", None)), own.get((corpus, "integrated", threshold))
        if search != "image" or threshold is None or text is None or image is None or both is None:
            continue
        yield TextAndImage(corpus, threshold, text, image, both)
