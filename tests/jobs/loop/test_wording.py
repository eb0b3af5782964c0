"""Every caption that can be drawn is searched right by the real pipeline: its concepts are found, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, product

import pytest

from jobs.loop.glyphs import Glyph, load_glyphs
from jobs.loop.pixels import COLOURS
from jobs.loop.wording import DISTRACTORS, PAIR, PLURAL, SINGULAR, article
from udfs.counting.matching import Matcher
from udfs.text.nouns import find_nouns, load_pipeline
from udfs.text.queries import strict_query

LISTED = load_glyphs(96)
# Captions may say the other noun of a concept; here each is a concept of its own.
GLYPHS = (*LISTED, *(glyph.renamed for glyph in LISTED if glyph.synonym))


def single_captions() -> Iterator[tuple[str, set[str]]]:
    """Every noun and distractor in every template of one noun, the colours in turn."""
    turn = cycle(COLOURS)
    for glyph, template in product(GLYPHS, SINGULAR):
        words = {"a": article(glyph.noun), "noun": glyph.noun, "colour": next(turn)}
        yield template.format(**words), {glyph.noun}
    for glyph, template in product(GLYPHS, PLURAL):
        yield template.format(noun=glyph.plural, colour=next(turn)), {glyph.noun}
    for noun, template in product(DISTRACTORS, SINGULAR):
        yield template.format(a=article(noun), noun=noun, colour=next(turn)), set()


def all_singles() -> Iterator[tuple[str, set[str]]]:
    """Every noun in every template of one noun in every colour."""
    for colour, glyph in product(COLOURS, GLYPHS):
        words = {"a": article(glyph.noun), "noun": glyph.noun, "colour": colour}
        yield from ((template.format(**words), {glyph.noun}) for template in SINGULAR)
        yield from ((template.format(noun=glyph.plural, colour=colour), {glyph.noun}) for template in PLURAL)


def pair_captions(step: int) -> Iterator[tuple[str, set[str]]]:
    """Every noun with every `step`-th other noun in every template of two."""
    turn = cycle(COLOURS)
    for first, glyph in enumerate(GLYPHS):
        for second in range((first * 7) % step, len(GLYPHS), step):
            if first != second:
                yield from pairs_of(glyph, GLYPHS[second], next(turn))


def pairs_of(glyph: Glyph, other: Glyph, colour: str) -> Iterator[tuple[str, set[str]]]:
    words = {"a": article(glyph.noun), "noun": glyph.noun, "b": article(other.noun), "other": other.noun}
    for template in PAIR:
        yield template.format(**words, colour=colour), {glyph.noun, other.noun}


def misread(captions: list[tuple[str, set[str]]]) -> list[str]:
    """Captions in which other concepts are found than they name."""
    pipeline = load_pipeline("en_core_web_sm")
    matcher = Matcher([strict_query(glyph.noun, pipeline) for glyph in GLYPHS], "strict")
    wrong = []
    for (caption, named), nouns in zip(captions, find_nouns((text for text, _ in captions), pipeline), strict=True):
        found = {GLYPHS[at].noun for at in matcher.match([key.lower() for key in nouns.keys], nouns.positions)}
        if found != named:
            wrong.append(f"{caption}: found {sorted(found)}, names {sorted(named)}")
    return wrong


def test_captions_are_searched_right() -> None:
    assert not misread([*single_captions(), *pair_captions(48)])


@pytest.mark.long
def test_every_caption_is_searched_right() -> None:
    assert not misread([*all_singles(), *pair_captions(1)])


def test_no_two_concepts_share_a_name() -> None:
    words = [word for glyph in GLYPHS for word in (glyph.noun, glyph.plural)]
    assert len(GLYPHS) == 96 + 24 and len(set(words)) == len(words) and not set(words) & set(DISTRACTORS)


def test_an_article_goes_by_sound() -> None:
    assert [article(noun) for noun in ("anchor", "urn", "euro", "uranus", "union", "moon")] == [
        "an", "an", "a", "a", "a", "a",
    ]  # fmt: skip
