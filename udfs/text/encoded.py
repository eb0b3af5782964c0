r"""Decodes text that was encoded for a page, an address, a file name or a program, if it cannot be anything else.

Each rule leaves alone what people write on purpose: AT&T, R&D, &c, a < b, <3, 50% off, %20 off, C++, #my_dog, O_O,
C:\new. In words that hold an address (a URL, or an e-mail's @) only entities are decoded.
"""

from __future__ import annotations

import html
import json
import re
from html.entities import name2codepoint
from typing import Final
from urllib.parse import unquote

_LETTER: Final = r"[^\W\d_]"
_LETTER_OR_DIGIT: Final = r"[^\W_]"
_ADDRESS: Final = re.compile(r"://|@|\bwww\.", re.IGNORECASE)
_WORD: Final = re.compile(r"\S+")
_COMMON_ENTITIES: Final = ("amp", "lt", "gt", "quot", "apos", "nbsp")
_ENTITY: Final = re.compile(
    r"&(?:amp;)*"
    rf"(#[0-9]{{1,7}}|#[xX][0-9a-fA-F]{{1,6}}|(?i:{'|'.join(_COMMON_ENTITIES)})|{'|'.join(sorted(name2codepoint))});"
)
_TAG: Final = re.compile(
    "</?(?:a|abbr|b|big|blockquote|br|center|cite|code|dd|del|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|img|ins|"
    r"li|mark|ol|p|pre|q|s|small|span|strike|strong|sub|sup|table|tbody|td|th|thead|tr|tt|u|ul)"
    r"(?:\s+[\w:-]+\s*=[^<>]*|\s*/?)>",
    re.IGNORECASE,
)
_ALTERNATIVE: Final = re.compile(r"""\salt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_BROKEN_PERCENT: Final = re.compile("%(?![0-9A-Fa-f]{2})")
# Letters, digits and control characters are never encoded: 41 is A, 61 a, 30 zero.
_NEVER_PERCENT: Final = re.compile("%(?:0[0-8BCEFbcef]|1.|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|7[Ff])")
# An escape beside a letter, a space between words, or a character of several bytes.
_SURE_PERCENT: Final = re.compile(
    f"{_LETTER}%..|{_LETTER_OR_DIGIT}%20{_LETTER}|%[C-Fc-f][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]"
)
_SURE_PLUS: Final = re.compile(rf"{_LETTER}\+{_LETTER}{{2}}|{_LETTER}{{2}}\+{_LETTER}")
_ESCAPE: Final = re.compile(r"""(?<=[\w.,!?;:)"'])\\n|\\[nrt](?![a-z])|\\["'/]|(?:\\u(?!00[01])[0-9a-fA-F]{4})+""")
_DRIVE: Final = re.compile(r"[A-Za-z]:\\")
_SNAKE: Final = re.compile(f"{_LETTER_OR_DIGIT}{{2}}_|_{_LETTER_OR_DIGIT}{{2}}")
_UNDERSCORE: Final = re.compile(f"(?<={_LETTER})_+(?={_LETTER_OR_DIGIT})|(?<={_LETTER_OR_DIGIT})_+(?={_LETTER})")
_AND: Final = re.compile(f"(?<={_LETTER}{{2}})&(?={_LETTER}{{2}})")


def decoded(text: str) -> str:
    """The text as it was before it was encoded; unchanged if that is not certain."""
    if "+" in text:
        text = _without_plus(text)
    if "%" in text:
        text = _WORD.sub(lambda word: _without_percent(word[0]), text)
    if "&" in text:
        text = _ENTITY.sub(_character, text)
    if "<" in text:
        text = _TAG.sub(_alternative, text)
    if any(mark in text for mark in "\\_&"):
        text = _WORD.sub(lambda word: _in_words(word[0]), text)
    return text


def _without_plus(text: str) -> str:
    """Read a plus as a space if the text has no other space and words stand beside a plus."""
    is_one_word = _WORD.fullmatch(text.strip()) and not _ADDRESS.search(text)
    return text.replace("+", " ") if is_one_word and _SURE_PLUS.search(text) else text


def _without_percent(word: str) -> str:
    for _ in range(2):
        if _BROKEN_PERCENT.search(word) or _NEVER_PERCENT.search(word) or not _SURE_PERCENT.search(word):
            break
        if _ADDRESS.search(word):
            break
        try:
            word = unquote(word, errors="strict")
        except UnicodeDecodeError:
            break
    return word


def _character(entity: re.Match[str]) -> str:
    name = entity[1]
    return html.unescape(f"&{name.lower() if name.lower() in _COMMON_ENTITIES else name};")


def _alternative(tag: re.Match[str]) -> str:
    """The replacement of a tag: a space, or an image's alternative text."""
    found = _ALTERNATIVE.search(tag[0])
    return f" {found[1] or found[2] or ''} " if found else " "


def _in_words(word: str) -> str:
    """The word or words in `word`: program escapes decoded, underscores and `&` between words replaced by spaces."""
    if _ADDRESS.search(word):
        return word
    if "\\" in word and "\\" not in _ESCAPE.sub("", word) and not _DRIVE.match(word):
        word = _ESCAPE.sub(_unescaped, word)
    if "_" in word and "#" not in word and _SNAKE.search(word):
        word = _UNDERSCORE.sub(" ", word)
    return _AND.sub(" & ", word)


def _unescaped(escape: re.Match[str]) -> str:
    if escape[0][1] != "u":
        return " " if escape[0][1] in "nrt" else escape[0][1]
    # A lone half of a surrogate pair is no character.
    return str(json.loads(f'"{escape[0]}"')).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
