"""The two engines that find the nouns of captions: spaCy itself, and the fast path, which must find the same.

The fast path checks itself against spaCy: on a built-in sample when it is loaded, and on a share of the captions that
it reads. The choice of these captions depends on their text alone, so a run that failed fails again on the same
caption.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, Protocol, get_args

from udfs.text.fast.structure import Misfit
from udfs.text.nouns import Nouns, find_nouns, load_pipeline, zones

if TYPE_CHECKING:
    from spacy.language import Language

    from udfs.text.fast.engine import FastNouns

EngineName = Literal["fast", "spacy"]
# Checking one caption in a thousand costs the fast path about one hundredth of its time.
CHECK_SHARE: Final = 0.001
SAMPLE: Final = (
    "",
    " ",
    "Two dogs and a cat on the sofas of an old house",
    "The dog's bowls, the children's toys and James' 3 bikes",
    "LOT OF 12 VINTAGE GLASSES - FREE SHIPPING!!! (new)",
    "New York, the Tigers and the Beatles at St. Mary's, 1969",
    "https://example.com/photos/img_0042.jpg?size=large | Photos by @someone",
    "Men's T-shirt XL – 100% cotton, 5kg, $19.99/each",
    "😀 happy people 🎉🎉 at the beach :) ;-) <3",
    "Don't let's go; gonna be somethin' for everyone, y'all",
    "  leaves   and\ttwo  knives\nwith mice, geese & oxen ",
    "Ein Mann mit einem Hut läuft über die Straße, 三人の子供と犬",
    "a\x00b \u200b café naïve İstanbul wolves' wives",
    "e-mail: info@photo-shop.co.uk, tel. +49 (0)30 123456 / open 9a.m.-5p.m.",
)


class DifferentNouns(RuntimeError):
    """The fast path and spaCy differ on a caption; the message shows it."""


class Engine(Protocol):
    """Finds nouns. name: "fast" or "spacy"; note: for people, which engine it is and why."""

    name: EngineName
    note: str

    def find(self, captions: Iterable[str]) -> Iterator[Nouns]:
        """The nouns of each caption, in order. Captions are read ahead as in `udfs.text.nouns.find_nouns`."""


class SpacyEngine:
    """The reference: the spaCy pipeline, unchanged."""

    name: EngineName = "spacy"

    def __init__(self, pipeline: Language, why: str = "") -> None:
        self._pipeline = pipeline
        self.note = f"spacy ({why})" if why else "spacy"

    def find(self, captions: Iterable[str]) -> Iterator[Nouns]:
        """The nouns of each caption, in order."""
        return find_nouns(captions, self._pipeline)


class FastEngine:
    """The fast path with its checks. Raises Misfit if the pipeline does not fit, DifferentNouns if the results differ.

    share: the share of captions that spaCy searches too, 0 to 1.
    """

    name: EngineName = "fast"

    def __init__(self, pipeline: Language, share: float = CHECK_SHARE) -> None:
        from udfs.text.fast.engine import FastNouns

        self.note = f"fast, spaCy compared on {share:.3%} of captions"
        self._pipeline = pipeline
        self._share = share
        self._fast: FastNouns = FastNouns(pipeline)
        self._compare(SAMPLE, self._fast.find(SAMPLE))

    def find(self, captions: Iterable[str]) -> Iterator[Nouns]:
        """The nouns of each caption, in order."""
        for zone in zones(captions, self._pipeline):
            found = self._fast.find(zone)
            drawn = [place for place, caption in enumerate(zone) if _is_drawn(caption, self._share)]
            self._compare([zone[place] for place in drawn], [found[place] for place in drawn])
            yield from found

    def _compare(self, captions: Sequence[str], found: Sequence[Nouns]) -> None:
        for caption, fast, spacy in zip(captions, found, find_nouns(captions, self._pipeline), strict=True):
            if fast != spacy:
                raise DifferentNouns(
                    f"the fast path and spaCy differ on the caption {caption!r}: {_listed(fast)} and {_listed(spacy)}; "
                    "set captions.engine=spacy to search without the fast path"
                )


def _is_drawn(caption: str, share: float) -> bool:
    return zlib.crc32(caption.encode()) < share * 2**32


def _listed(nouns: Nouns) -> str:
    return ", ".join(f"{key} at {place}" for key, place in zip(nouns.keys, nouns.positions, strict=True)) or "no nouns"


@lru_cache(maxsize=4)
def load_engine(pipeline: str, wanted: EngineName = "fast", share: float = CHECK_SHARE) -> Engine:
    """The wanted engine over the pipeline of that name, loaded once per process.

    If the pipeline's structure does not fit the fast path, the engine is spaCy and its note says why. Raises ValueError
    as `load_pipeline` does.
    """
    if wanted not in get_args(EngineName):
        raise ValueError(f"engine is {wanted!r}: expected one of {', '.join(get_args(EngineName))}")
    loaded = load_pipeline(pipeline)
    if wanted == "spacy":
        return SpacyEngine(loaded)
    try:
        return FastEngine(loaded, share)
    except Misfit as misfit:
        return SpacyEngine(loaded, f"the fast path does not know {pipeline!r}: {misfit}")
