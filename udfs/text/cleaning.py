"""Captions and concepts as they are compared in every search but the paper's: decoded, and with letters in one form."""

from __future__ import annotations

import re
from typing import Final

from udfs.text.encoded import decoded
from udfs.text.letters import in_one_form

_ENCODED: Final = re.compile(r"[&%<_+\\]")


def cleaned(text: str) -> str:
    """The text that is searched (`captions.clean`); docs/text-search.md has the rules. What is stored is as it was."""
    if _ENCODED.search(text) and (plain := decoded(text)) != text:
        # Where tags and escapes were, one space is enough.
        text = " ".join(plain.split())
    return in_one_form(text)


def searched_part(caption: str, clean: bool, max_characters: int) -> tuple[str, int]:
    """(what is searched of a caption, of how many characters it is the beginning)."""
    text = cleaned(caption) if clean else caption
    return text[:max_characters], len(text)
