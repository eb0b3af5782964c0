"""Renders glyphs as small noisy images, the only images that the closed loop's model sees."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from jobs.loop.glyphs import font_path

COLOURS: Final[dict[str, tuple[int, int, int]]] = {
    "red": (200, 30, 30),
    "blue": (30, 60, 200),
    "green": (20, 130, 50),
    "purple": (130, 30, 150),
    "orange": (225, 120, 10),
    "black": (20, 20, 20),
}
# Glyphs are drawn this many times larger and reduced once, so that rotation does not blur them.
_OVERSAMPLING: Final = 2


@dataclass(frozen=True)
class Look:
    """How images vary: the most rotation in degrees and shift in pixels, and the sd of the noise in grey levels.

    A glyph's longer side takes between `smallest` and `largest` of its cell. The cell is the whole image, or about a
    quarter of it if two glyphs stand on a diagonal.
    """

    size: int = 32
    rotation: float = 25.0
    shift: float = 3.0
    noise: float = 14.0
    smallest: float = 0.5
    largest: float = 0.75


def render(random: np.random.Generator, characters: tuple[str, ...], colour: str, look: Look) -> bytes:
    """Render one or two glyphs in one colour on a light ground, as a square JPEG with sides of `look.size` pixels."""
    mask = Image.new("L", (look.size, look.size))
    for character, (x, y, cell) in zip(characters, _places(random, len(characters), look), strict=True):
        side = cell * random.uniform(look.smallest, look.largest)
        _paste(mask, _glyph(character, side, random.uniform(-look.rotation, look.rotation)), x, y)
    ground = random.integers(215, 256, size=3)
    share = np.asarray(mask, dtype=np.float32)[..., None] / 255
    pixels = share * np.array(COLOURS[colour]) + (1 - share) * ground
    pixels += random.normal(0, look.noise, size=pixels.shape)
    out = io.BytesIO()
    image = Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    image.save(out, format="JPEG", quality=95, subsampling=0)
    return out.getvalue()


def _places(random: np.random.Generator, count: int, look: Look) -> list[tuple[float, float, float]]:
    """The centre and cell size of each glyph: the middle for one glyph, two opposite quarters for two."""
    half = look.size / 2
    shift = look.shift / count
    jitter = random.uniform(-shift, shift, size=(count, 2))
    if count == 1:
        return [(half + jitter[0, 0], half + jitter[0, 1], float(look.size))]
    # The cells may overlap a little, because a glyph seldom fills its corners.
    cell, near = look.size * 0.7, look.size * 0.28
    up = bool(random.integers(2))
    rows = (near, look.size - near) if up else (look.size - near, near)
    columns = (near, look.size - near)
    return [(columns[at] + jitter[at, 0], rows[at] + jitter[at, 1], cell) for at in range(2)]


def _glyph(character: str, side: float, degrees: float) -> Image.Image:
    """The character's shape, rotated; its longer side has `side` pixels before the rotation."""
    large = _large(character).rotate(degrees, resample=Image.Resampling.BICUBIC, expand=True)
    scale = side / max(_large(character).size)
    size = (max(1, math.ceil(large.width * scale)), max(1, math.ceil(large.height * scale)))
    return large.resize(size, resample=Image.Resampling.BOX)


@lru_cache(maxsize=512)
def _large(character: str) -> Image.Image:
    box = _font().getbbox(character)
    width, height = math.ceil(box[2] - box[0]), math.ceil(box[3] - box[1])
    image = Image.new("L", (width, height))
    ImageDraw.Draw(image).text((-box[0], -box[1]), character, font=_font(), fill=255)
    return image


@lru_cache(maxsize=1)
def _font() -> Any:
    return ImageFont.truetype(str(font_path()), 32 * _OVERSAMPLING, layout_engine=ImageFont.Layout.BASIC)


def _paste(mask: Image.Image, glyph: Image.Image, x: float, y: float) -> None:
    corner = (round(x - glyph.width / 2), round(y - glyph.height / 2))
    mask.paste(255, corner, glyph)
