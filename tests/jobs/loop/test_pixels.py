"""Images of glyphs: what is drawn can be seen, stays inside and depends on the seed alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFont

from jobs.loop.glyphs import Glyph, font_path, load_glyphs
from jobs.loop.pixels import COLOURS, Look, render

CLEAN = Look(noise=0.0, rotation=0.0, shift=0.0)


def drawn(*characters: str, seed: int = 0, look: Look = CLEAN) -> np.ndarray:
    """Darkness of the drawn pixels, float [size, size]."""
    data = render(np.random.default_rng(seed), characters, "black", look)
    return 255 - np.asarray(Image.open(io.BytesIO(data)).convert("L"), dtype=float)


def test_the_table_has_96_concepts_with_glyphs_of_their_own() -> None:
    glyphs = load_glyphs(96)
    assert len({glyph.noun for glyph in glyphs}) == len({glyph.character for glyph in glyphs}) == 96
    font = ImageFont.truetype(str(font_path()), 40)
    shapes = {glyph.noun: bytes(font.getmask(glyph.character)) for glyph in glyphs}
    absent = bytes(font.getmask("\U0010ffff"))
    assert [noun for noun, shape in shapes.items() if shape == absent or not any(shape)] == []
    assert len(set(shapes.values())) == 96


def test_more_concepts_than_the_table_has_are_refused() -> None:
    with pytest.raises(ValueError, match="between 2 and 96"):
        load_glyphs(97)


@pytest.mark.parametrize("glyph", load_glyphs(96), ids=lambda glyph: glyph.noun)
def test_a_glyph_lies_whole_in_its_image(glyph: Glyph) -> None:
    dark = drawn(glyph.character) > 100
    assert dark.sum() >= 12
    assert not dark[0].any() and not dark[-1].any() and not dark[:, 0].any() and not dark[:, -1].any()


def test_two_glyphs_stand_in_opposite_quarters() -> None:
    dark = drawn("\u2660", "\u2665") > 100
    quarters = np.array([[dark[:16, :16].sum(), dark[:16, 16:].sum()], [dark[16:, :16].sum(), dark[16:, 16:].sum()]])
    assert min(quarters.trace(), np.fliplr(quarters).trace()) < 0.1 * max(quarters.trace(), np.fliplr(quarters).trace())


def test_a_seed_decides_every_byte() -> None:
    first, again, other = (render(np.random.default_rng(seed), ("\u2603",), "red", Look(size=64)) for seed in (1, 1, 2))
    assert first == again != other
    assert Image.open(io.BytesIO(first)).size == (64, 64)


def test_colours_are_the_named_ones() -> None:
    for name, expected in COLOURS.items():
        data = render(np.random.default_rng(0), ("\u25a0",), name, CLEAN)
        middle = np.asarray(Image.open(io.BytesIO(data)))[12:20, 12:20].mean(axis=(0, 1))
        assert np.abs(middle - expected).max() < 8, name
