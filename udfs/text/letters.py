"""Brings letters to one form, whichever of Unicode's forms a caption uses.

This is NFKC (Unicode Standard Annex 15) except for signs, which NFKC would spoil: Nike™ would become one word (NikeTM),
m² and 1½ would become m2 and 11⁄2, and dog´s would get a space before its accent. Signs and single raised or enclosed
letters stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Unicode's tags of compatibility decompositions. Characters with these are always the same letter.
_WIDTHS: Final = frozenset({"<wide>", "<narrow>", "<small>"})
# Characters with these are the same letter only if they are a letter, a number, punctuation or a space, and no sign.
_SHAPES: Final = frozenset(
    {"<compat>", "<font>", "<noBreak>", "<vertical>", "<isolated>", "<initial>", "<medial>", "<final>"}
)
_DECORATIONS: Final = frozenset({"<circle>", "<square>", "<super>", "<sub>"})
# The tokenizer recognises units by the micro sign; the other character is an emoji of the letter i.
_KEPT: Final = frozenset("µℹ")
# Soft hyphen, combining grapheme joiner, zero-width spaces, word joiner, byte-order mark, and marks of direction.
_INVISIBLE: Final = frozenset("\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2060\ufeff") | frozenset(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
# Characters for which the tokenizer and the keys expect another one: hyphens, and separators of lines and paragraphs.
_OTHERS: Final = {"\u2010": "-", "\u2011": "-", "\u2028": " ", "\u2029": " "}
# These join emoji and letters of other scripts; beside Latin letters they have no effect.
_JOINERS: Final = "[\u200c\u200d\ufe00-\ufe0f]"
_LATIN: Final = "[A-Za-z\u00c0-\u024f]"
_IDLE: Final = re.compile(f"(?<={_LATIN}){_JOINERS}+|(?<!{_JOINERS}){_JOINERS}+(?={_LATIN})")
# The most marks of one letter that are kept, as in Unicode's stream-safe text format: ordering n marks takes n squared
# steps.
_MOST_MARKS: Final = 30
# The last character that has a decomposition is U+2FA1D.
_CHARACTERS: Final = range(0x80, 0x2FA1E)


class _Forms(dict[int, str]):
    """The form of each character by its code point, computed when `str.translate` first asks for it."""

    def __missing__(self, number: int) -> str:
        self[number] = form = _form(chr(number))
        return form


_FORMS: Final = _Forms()


def in_one_form(text: str) -> str:
    """The text with its letters in one form and without invisible characters."""
    if text.isascii():
        return text
    decorated, marks = _expressions()
    text = marks.sub(lambda found: found[0][:_MOST_MARKS], text.translate(_FORMS))
    text = decorated.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return unicodedata.normalize("NFC", _IDLE.sub("", text))


def _form(character: str) -> str:
    if character in _INVISIBLE:
        return ""
    if character in _OTHERS:
        return _OTHERS[character]
    way = unicodedata.decomposition(character).partition(" ")[0]
    is_text = way in _SHAPES and unicodedata.category(character)[0] in "LNPZ" and character not in _KEPT
    form = unicodedata.normalize("NFKC", character) if way in _WIDTHS or is_text else character
    # A lone accent is no letter: its form is a space with the accent on it.
    return character if form[0] == " " and len(form) > 1 else form


@lru_cache(maxsize=1)
def _expressions() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """(two or more raised or enclosed letters with no letter before them, a letter's marks beyond _MOST_MARKS).

    Compiling them takes a tenth of a second, and only text that is not ASCII needs them.
    """
    characters = list(map(chr, _CHARACTERS))
    decorated = "".join(filter(_is_decorated, characters))
    marks = "".join(filter(unicodedata.combining, characters))
    return re.compile(f"(?<![A-Za-z{decorated}])[{decorated}]{{2,}}"), re.compile(f"[{marks}]{{{_MOST_MARKS + 1},}}")


def _is_decorated(character: str) -> bool:
    if unicodedata.decomposition(character).partition(" ")[0] not in _DECORATIONS:
        return False
    letter = unicodedata.normalize("NFKC", character)
    return len(letter) == 1 and letter.isascii() and letter.isalpha()
