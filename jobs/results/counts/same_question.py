"""The counts of several corpora that answer one question: by one method of text search, at one threshold."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.core.context import Context
from jobs.errors import SettingsError
from jobs.published.parts import STAGE as PUBLISHED
from jobs.results.counts.answers import OWN
from jobs.results.counts.counted_lists import CountedLists
from jobs.results.counts.imported_counts import SOURCE as IMPORTED
from jobs.settings.law import Fit
from jobs.settings.protocols import load_protocols


def same_question(context: Context, counted: Sequence[CountedLists], threshold: float | None) -> list[CountedLists]:
    """Of the counts of one search those at a threshold; None for the highest at which every corpus is counted.

    Other groups' tables are left out if there are other counts: their definitions answer another question. Raises
    SettingsError if not every corpus is counted at the threshold.
    """
    alike = [one for one in counted if not one.source.startswith(f"{IMPORTED}, ")] or counted
    return _at_threshold(context, _of_one_method(context, alike), threshold)


def _of_one_method(context: Context, counted: Sequence[CountedLists]) -> list[CountedLists]:
    """Without the published counts of a corpus by another text method than that of the protocol, if it has several."""
    sources: dict[str, set[str]] = {}
    for one in counted:
        if one.source != OWN:
            sources.setdefault(one.corpus, set()).add(one.source)
    if all(len(found) == 1 for found in sources.values()):
        return list(counted)
    protocol = load_protocols((context.settings.fit or Fit()).protocols)[0]
    wanted = f"{PUBLISHED}, {protocol.published().text_method}"
    return [one for one in counted if one.source in (OWN, wanted) or wanted not in sources[one.corpus]]


def _at_threshold(context: Context, counted: Sequence[CountedLists], given: float | None) -> list[CountedLists]:
    """The counts at one threshold, if all corpora have it."""
    held: dict[tuple[str, str], set[float | None]] = {}
    for one in counted:
        held.setdefault((one.corpus, one.source), set()).add(one.threshold)
    shared = set.intersection(*held.values())
    threshold = max(shared, key=lambda value: value or 0.0, default=None) if given is None else given
    if threshold not in shared:
        there = "; ".join(one.title for one in counted)
        at = "any one threshold" if given is None else f"threshold {given}"
        raise SettingsError(f"{context.settings.name}: not every corpus is counted at {at}: there is {there}")
    return [one for one in counted if one.threshold == threshold]
