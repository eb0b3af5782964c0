"""Captions as text that every later stage can store and search, whatever bytes were in the shard."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import AnyStr, Final

REPLACEMENT = "\ufffd"
_NUL = "\0"
# What to take where a sample has several captions.
CHOICES: Final = ("first", "join")
OF_SEVERAL: Final = "of several captions, `first`: the first that is not blank; `join`: all that are not, one per line"


def clean_caption(raw: bytes | str | None) -> tuple[str | None, bool]:
    """`raw` as valid Unicode text without NULs, and whether anything had to be repaired for that.

    Bytes are read as UTF-8. A byte-order mark is dropped (no repair); invalid bytes and lone surrogates
    become U+FFFD, and NULs go away (Parquet holds them, not every reader of text does).
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
    """Text without lone surrogates: two halves that belong together are joined, any other is replaced."""
    try:
        text.encode()
        return text, False
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), True


def chosen(texts: Sequence[AnyStr | None], captions: str) -> list[AnyStr]:
    """Of a sample's texts the `first`, or all of them to `join` by line breaks, over which no sentence goes.

    Blank ones are skipped, unless there are no others; the list is empty where there are no texts.
    """
    given = [text for text in texts if text is not None]
    written = [text for text in given if text.strip()] or given[:1]
    return written[:1] if captions == "first" else written


def check_choice(captions: str) -> None:
    """Raise ValueError for what is not among `CHOICES`."""
    if captions not in CHOICES:
        raise ValueError(f"captions is {captions!r}; of a list of captions take `first` or `join`")


def foreign_letters(text: str) -> float:
    """The share, 0 to 1, of letters outside A-Z and a-z among all letters of `text`; 0 without letters."""
    if text.isascii():
        return 0.0
    letters = sum(map(str.isalpha, text))
    latin = sum(1 for character in text if character.isascii() and character.isalpha())
    return (letters - latin) / letters if letters else 0.0
