"""The answers that the counts of a lake give, as plain values without Spark: frequencies and misalignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

OWN = "own"
# What samples share that are alike: a URL, a caption, the bytes of an image, or its perceptual hash.
Alike = Literal["url", "caption", "bytes", "look"]
ALIKE: Final[tuple[str, ...]] = get_args(Alike)


@dataclass(frozen=True)
class Frequency:
    """A concept's frequency under one search; None with a reason if the search cannot answer it.

    samples: how many samples were searched; the frequency is a part of them. None if that was not published.
    source: own, published with the method of the search, or imported with its definition of frequency. list: the list
    for which a published or imported count was made.
    """

    corpus: str
    search: str
    threshold: float | None
    concept: str
    frequency: int | None
    unanswerable: str | None
    samples: int | None
    source: str = OWN
    list: str | None = None


@dataclass(frozen=True)
class Misaligned:
    """Samples whose caption and image hold concepts but none in common (docs/design.md, section 1)."""

    corpus: str
    threshold: float
    misaligned: int
    samples: int | None
    degree: float | None
    degree_found: float | None
    source: str = OWN
