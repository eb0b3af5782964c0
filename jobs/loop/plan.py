"""Plans what the image and the caption of each pair of the drawn corpus contain, before a pixel is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jobs.loop import wording
from jobs.loop.glyphs import Glyph, load_glyphs
from jobs.loop.pixels import COLOURS
from udfs.options import option


@dataclass(frozen=True)
class CorpusDesign:
    """The design of a drawn corpus. Shares are of all pairs; only `both_named` is of right captions of two glyphs.

    Each concept is the main glyph of a number of pairs. These numbers are evenly spaced in the logarithm from
    `min_frequency` to `max_frequency` and are assigned to concepts in random order. With 96 concepts and 1 to 1,500
    there are 20,232 pairs.
    """

    seed: int = option(0, "another seed draws another corpus")
    concepts: int = option(96, "concepts, each with a glyph of its own")
    min_frequency: int = option(1, "images of the rarest concept")
    max_frequency: int = option(1500, "images of the most frequent concept")
    shards: int = option(8, "tars that the corpus is written to")
    image_size: int = option(32, "pixels per side")
    wrong_captions: float = option(0.02, "share of pairs whose caption names another concept")
    missing_nouns: float = option(0.05, "share of pairs whose caption names none")
    two_glyphs: float = option(0.05, "share of pairs that show two concepts")
    both_named: float = option(0.5, "of the right captions of two glyphs, the share that names both")
    plurals: float = option(0.15, "share of captions of one concept that name its plural")
    synonyms: float = option(0.0, "share of captions that say another noun for a concept, of concepts that have one")
    evaluation_images_per_concept: int = option(20, "fresh images per concept for `evaluate`")

    def __post_init__(self) -> None:
        for name in ("wrong_captions", "missing_nouns", "two_glyphs", "both_named", "plurals", "synonyms"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; a share lies between 0 and 1")
        if self.wrong_captions + self.missing_nouns > 1:
            raise ValueError("wrong_captions and missing_nouns exclude each other: their sum must not exceed 1")
        if not 1 <= self.min_frequency <= self.max_frequency:
            raise ValueError(
                f"min_frequency {self.min_frequency}, max_frequency {self.max_frequency}; expected 1 <= min <= max"
            )
        if not 1 <= self.shards <= 100_000:
            raise ValueError(f"shards is {self.shards}; expected 1 to 100,000, as their names have five digits")


@dataclass(frozen=True)
class Pair:
    """One image and its caption: the glyphs shown, the concepts truly named, and the kind of caption."""

    shown: tuple[Glyph, ...]
    named: tuple[Glyph, ...]
    caption: str
    colour: str
    wrong: bool
    missing: bool
    plural: bool

    @property
    def misaligned(self) -> bool:
        """Whether caption and image both hold concepts, and share none."""
        return bool(self.named) and not set(self.named) & set(self.shown)


def main_frequencies(drawing: CorpusDesign, random: np.random.Generator) -> np.ndarray:
    """How many pairs show each concept as their main glyph: int64 [concepts]."""
    even = np.geomspace(drawing.min_frequency, drawing.max_frequency, drawing.concepts)
    return random.permutation(np.rint(even).astype(np.int64))


def plan_pairs(drawing: CorpusDesign) -> list[Pair]:
    """All pairs of the corpus in their final order."""
    random = np.random.default_rng([drawing.seed, 0])
    glyphs = load_glyphs(drawing.concepts)
    frequencies = main_frequencies(drawing, random)
    mains = random.permutation(np.repeat(np.arange(drawing.concepts), frequencies))
    # Second glyphs and wrong names follow the same frequencies; drawn evenly, they would make rare concepts frequent.
    others = _Others(glyphs, frequencies)
    # Words of their own, so that a corpus with synonyms is the same in all but its captions.
    spoken = _Spoken(drawing.synonyms, np.random.default_rng([drawing.seed, 3]))
    return [_pair(drawing, random, glyphs[main], others, spoken) for main in mains]


class _Others:
    """Draws concepts in proportion to their frequency, excluding some."""

    def __init__(self, glyphs: tuple[Glyph, ...], frequencies: np.ndarray) -> None:
        self._glyphs = glyphs
        self._ends = np.cumsum(frequencies)

    def __call__(self, random: np.random.Generator, unlike: tuple[Glyph, ...]) -> Glyph:
        while True:
            at = np.searchsorted(self._ends, random.integers(self._ends[-1]), side="right")
            if self._glyphs[at] not in unlike:
                return self._glyphs[at]


class _Spoken:
    """Draws under which of its names a caption speaks of a concept."""

    def __init__(self, synonyms: float, random: np.random.Generator) -> None:
        self._synonyms = synonyms
        self._random = random

    def __call__(self, glyph: Glyph) -> Glyph:
        return glyph.renamed if glyph.synonym and self._random.random() < self._synonyms else glyph


def _pair(drawing: CorpusDesign, random: np.random.Generator, main: Glyph, others: _Others, spoken: _Spoken) -> Pair:
    two = drawing.concepts > 2 and random.random() < drawing.two_glyphs
    shown = (main, others(random, (main,))) if two else (main,)
    colour = str(random.choice(list(COLOURS)))
    luck = random.random()
    wrong = luck < drawing.wrong_captions
    missing = not wrong and luck < drawing.wrong_captions + drawing.missing_nouns
    named = _named(drawing, random, shown, others, wrong, missing)
    plural = len(named) == 1 and random.random() < drawing.plurals
    caption = _caption(random, tuple(map(spoken, named)), colour, plural)
    return Pair(shown, named, caption, colour, wrong, missing, plural)


def _named(
    drawing: CorpusDesign,
    random: np.random.Generator,
    shown: tuple[Glyph, ...],
    others: _Others,
    wrong: bool,
    missing: bool,
) -> tuple[Glyph, ...]:
    if missing:
        return ()
    if wrong:
        return (others(random, shown),)
    if len(shown) == 2 and random.random() >= drawing.both_named:
        return (shown[int(random.integers(2))],)
    return shown


def _caption(random: np.random.Generator, named: tuple[Glyph, ...], colour: str, plural: bool) -> str:
    if not named:
        return wording.no_noun(random, colour)
    if len(named) == 2:
        return wording.two_nouns(random, named[0].noun, named[1].noun, colour)
    if plural:
        return wording.plural_noun(random, named[0], colour)
    return wording.one_noun(random, named[0].noun, colour)
