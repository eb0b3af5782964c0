"""Counts for the audit's rules, a name and its frequency each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jobs.analysis.suspicions.suspicion import Count, Question, Suspicion


def counts(question: Question, frequencies: Mapping[str, int | None], *lists: str) -> list[Count]:
    """One count a name, in these lists."""
    return [Count(question, name, lists, frequency) for name, frequency in frequencies.items()]


def spread(number: int, start: int = 20, factor: float = 1.3) -> dict[str, int]:
    """Names with frequencies that differ: start, and each by a factor above the one before."""
    return {f"filler{row}": round(start * factor**row) for row in range(number)}


def concepts(found: Sequence[Suspicion]) -> list[str | None]:
    """The concepts of suspicions, sorted."""
    return sorted(one.concept or "" for one in found)
