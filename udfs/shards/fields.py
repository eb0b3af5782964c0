"""The usual names of a sample's values, as columns and as JSON keys, and the access to nested values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

CAPTIONS: Final = ("TEXT", "caption", "text", "txt", "texts", "captions")
URLS: Final = ("URL", "url")
WIDTHS: Final = ("WIDTH", "width")
HEIGHTS: Final = ("HEIGHT", "height")

_MOST = 20
_LONGEST = 40


def inside(value: Any, path: Sequence[str]) -> Any:
    """The value at `path` in nested dicts; for a list, one value per element; None if there is nothing."""
    if not path or value is None:
        return value
    if isinstance(value, list):
        return [inside(element, path) for element in value]
    return inside(value.get(path[0]), path[1:]) if isinstance(value, dict) else None


def enumerated(names: Sequence[str]) -> str:
    """Names as a message shows them: at most 20, each cut after 40 characters."""
    shown = [name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..." for name in names[:_MOST]]
    left = len(names) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")
