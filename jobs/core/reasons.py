"""Reasons in words, grouped by kind: those of one kind differ in names, quotations and numbers only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# The quotations in a reason, of text or of bytes, and its numbers.
_PARTICULAR: Final = re.compile(r"""b?'[^']*'|b?"[^"]*"|\d+""")


def kind_of(reason: str) -> str:
    """A reason without its quotations and numbers."""
    return _PARTICULAR.sub("", reason)


def by_kind(reasons: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """(the reason of the first, the names) of each kind, in the order of the first names; `reasons` are by name."""
    found: dict[str, tuple[str, list[str]]] = {}
    for name, reason in reasons.items():
        found.setdefault(kind_of(reason.replace(name, "")), (reason, []))[1].append(name)
    return list(found.values())
