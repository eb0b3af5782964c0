"""Conditions on rows of any table with the columns `search` and `threshold`."""

from __future__ import annotations

import pyarrow.compute as pc


def of_search(search: str, threshold: float | None) -> pc.Expression:
    """The rows of one search at one threshold; None for text."""
    return (pc.field("search") == search) & at_threshold(threshold)


def at_threshold(threshold: float | None) -> pc.Expression:
    """The rows of one threshold; None: those that have none."""
    limit = pc.field("threshold")
    return limit.is_null() if threshold is None else limit == threshold
