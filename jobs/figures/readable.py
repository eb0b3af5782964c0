"""Makes concept names and captions safe to show: they come from the web and may hold any character."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls, marks that change the direction of writing, halves of surrogate pairs, non-characters.
UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def readable(text: str) -> str:
    """The text on one line; invisible characters, and those that reverse others, are written as ⟨U+202E⟩."""
    return UNSHOWABLE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", re.sub(r"[\t\n\r]+", " ", text)).strip()


def shortened(text: str, characters: int) -> str:
    """The text, cut with an ellipsis to at most this many characters."""
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


def width_in_ems(text: str) -> float:
    """The approximate width of the text in font sizes: precise enough to keep labels apart, and needs no font."""
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.62 for letter in text)
