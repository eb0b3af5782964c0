"""Turns captions into text that every later stage can store and search, whatever bytes the shard has."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import AnyStr, Final

REPLACEMENT = "\ufffd"
_NUL = "\0"
# How to choose if a sample has several captions.
CHOICES: Final = ("first", "join")
OF_SEVERAL: Final = "of several captions, `first`: the first that is not blank; `join`: all that are not, one per line"


def clean_caption(raw: bytes | str | None) -> tuple[str | None, bool]:
    """`raw` as valid Unicode text without NULs, and whether it had to be repaired.

    Bytes are read as UTF-8. A byte-order mark is dropped, which is no repair. Invalid bytes and lone surrogates become
    U+FFFD. NULs are removed: Parquet can hold them, but not every reader of text can.
    """
    if raw is None:
        return None, False
    text, repaired = _decoded(raw) if isinstance(raw, bytes) else _paired(raw)
    text = text.removeprefix("\ufeff")
    if _NUL in text:
        return text.replace(_NUL, ""), True
    return text, repaired


def _decoded(raw: bytes) -> tuple[str, bool]:
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode(), False
    except UnicodeDecodeError:
        return raw.decode(errors="replace"), True


def _paired(text: str) -> tuple[str, bool]:
    """Text without lone surrogates: the two halves of a pair are joined, any other half is replaced."""
    try:
        text.encode()
        return text, False
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), True


def chosen(texts: Sequence[AnyStr | None], captions: str) -> list[AnyStr]:
    """A sample's `first` text, or for `join` all of them, to be joined by line breaks, which end a sentence.

    Blank texts are skipped unless all are blank. The list is empty if there are no texts.
    """
    given = [text for text in texts if text is not None]
    written = [text for text in given if text.strip()] or given[:1]
    return written[:1] if captions == "first" else written


def check_choice(captions: str) -> None:
    """Raise ValueError if `captions` is not among `CHOICES`."""
    if captions not in CHOICES:
        raise ValueError(f"captions is {captions!r}: `first` or `join` is needed, for lists of captions")


def foreign_letters(text: str) -> float:
    """The share, 0 to 1, of letters outside A-Z and a-z among all letters of `text`; 0 without letters."""
    if text.isascii():
        return 0.0
    letters = sum(map(str.isalpha, text))
    latin = sum(1 for character in text if character.isascii() and character.isalpha())
    return (letters - latin) / letters if letters else 0.0
