"""The concepts of the drawn corpus: nouns, their plurals and the glyphs that show them.

The table `glyphs.csv` lists 96 nouns, each with a code point of DejaVu Sans, and for 24 of them another noun. spaCy's
en_core_web_sm tags every one of them as a noun, singular and plural, in every template of `wording.py` (a test checks
this). It does not for nouns such as aries, scissors, cross, plus or psi, which are left out.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True)
class Glyph:
    """A concept: its name, the name's plural, the character that is drawn for it, and another name, "" for none."""

    noun: str
    plural: str
    character: str
    synonym: str = ""
    synonym_plural: str = ""

    @property
    def renamed(self) -> Glyph:
        """The same glyph under its other name."""
        return replace(self, noun=self.synonym, plural=self.synonym_plural)


def load_glyphs(count: int) -> tuple[Glyph, ...]:
    """The first `count` glyphs of the table.

    Raises ValueError if the table has fewer.
    """
    with files("jobs.loop").joinpath("glyphs.csv").open(encoding="utf-8") as table:
        glyphs = tuple(
            Glyph(row["noun"], row["plural"], chr(int(row["code"], 16)), row["synonym"], row["synonym_plural"])
            for row in csv.DictReader(table)
        )
    if not 2 <= count <= len(glyphs):
        raise ValueError(f"{count} concepts asked for; between 2 and {len(glyphs)} can be drawn")
    return glyphs[:count]


def font_path() -> Path:
    """The path of DejaVu Sans in matplotlib's data files; raises FileNotFoundError if they lack it."""
    import matplotlib

    path = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    if not path.is_file():
        raise FileNotFoundError(f"no font at {path}: install matplotlib, whose data files contain DejaVuSans.ttf")
    return path
