"""Writes captions of the drawn corpus from templates with nouns, plurals, colours and distractors.

No word of a template is a concept, so a caption holds exactly the nouns that were put into it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from jobs.loop.glyphs import Glyph

SINGULAR: Final = (
    "a photo of {a} {noun}",
    "a photo of a {colour} {noun}",
    "a drawing of {a} {noun} in {colour}",
    "{a} {noun} drawn in {colour}",
    "this {noun} is painted {colour}",
    "a little {colour} {noun} in my notebook",
)
PLURAL: Final = (
    "my collection of {noun} in {colour}",
    "a photo from a page about {noun}",
    "one of these {colour} {noun}",
)
PAIR: Final = (
    "a photo of {a} {noun} and {b} {other}",
    "a drawing of {a} {noun} with {b} {other}",
    "{a} {noun} next to {b} {other} in {colour}",
)
DISTRACTORS: Final = ("thing", "picture", "shape", "sketch", "object", "figure")
_SOUNDS_LIKE_YOU: Final = ("eu", "uni", "ura")


def article(noun: str) -> str:
    """`an` before a vowel's sound, else `a`."""
    return "an" if noun[0] in "aeiou" and not noun.startswith(_SOUNDS_LIKE_YOU) else "a"


def one_noun(random: np.random.Generator, noun: str, colour: str) -> str:
    """A caption with `noun` (a concept's or a distractor) in the singular."""
    return _pick(random, SINGULAR).format(a=article(noun), noun=noun, colour=colour)


def plural_noun(random: np.random.Generator, glyph: Glyph, colour: str) -> str:
    """A caption with the glyph's noun in the plural."""
    return _pick(random, PLURAL).format(noun=glyph.plural, colour=colour)


def two_nouns(random: np.random.Generator, first: str, second: str, colour: str) -> str:
    """A caption with both nouns, in the singular."""
    words = {"a": article(first), "noun": first, "b": article(second), "other": second, "colour": colour}
    return _pick(random, PAIR).format(**words)


def no_noun(random: np.random.Generator, colour: str) -> str:
    """A caption that names no concept."""
    return one_noun(random, _pick(random, DISTRACTORS), colour)


def _pick(random: np.random.Generator, choices: tuple[str, ...]) -> str:
    return choices[int(random.integers(len(choices)))]
