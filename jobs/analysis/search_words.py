"""A search and its threshold in words, the same on the terminal, in figures and on the report's page."""

from __future__ import annotations


def above(search: str, threshold: float | None) -> str:
    """`image above 0.7`; a search without a threshold is only named."""
    return search if threshold is None else f"{search} above {threshold:g}"
