"""Cleans captions and concepts: decoded, and with letters in one form. Every search but the paper's compares these."""

from __future__ import annotations

import re
from typing import Final

from udfs.text.encoded import decoded
from udfs.text.letters import in_one_form

_ENCODED: Final = re.compile(r"[&%<_+\\]")


def cleaned(text: str) -> str:
    """The text that is searched (`captions.clean`), by the rules of docs/text-search.md. The stored caption stays."""
    if _ENCODED.search(text) and (plain := decoded(text)) != text:
        # Removed tags and escapes leave several spaces: one is enough.
        text = " ".join(plain.split())
    return in_one_form(text)


def searched_part(caption: str, clean: bool, max_characters: int) -> tuple[str, int]:
    """(the part of a caption that is searched, the length in characters of the whole text)."""
    text = cleaned(caption) if clean else caption
    return text[:max_characters], len(text)
