"""What changed between two states of the counts: concepts that grew, shrank, appeared or vanished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import pyarrow as pa

from jobs.analysis.search_words import above
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.counts.all_sources import FREQUENCIES, all_frequencies, all_past_frequencies
from jobs.results.counts.answers import Frequency
from jobs.results.counts.states import lake_since

CHANGES = pa.schema(
    [*FREQUENCIES, ("before", pa.int64()), ("change", pa.int64()), ("what", pa.string())],
)


@dataclass(frozen=True)
class FrequencyChange(Frequency):
    """A frequency beside the one `before`; either is None where there is none, and counts as 0 in `change`.

    what: grew or shrank; appeared or vanished if only one state has the frequency, which may be 0.
    """

    before: int | None = None
    change: int = 0
    what: str = ""


@dataclass(frozen=True)
class Compared:
    """Changes, the largest of each source, search and threshold first; and how many concepts have none.

    alone: in words, the sources and searches of which only one state has counts, so that nothing is compared.
    """

    changes: list[FrequencyChange]
    same: int
    alone: list[str]


# What is compared with one another: corpus, search, threshold, source, and list if it was published.
Condition = tuple[str, str, float | None, str, str | None]
Counts = dict[Condition, dict[str, Frequency]]


def changes_since(
    context: Context,
    since: int | datetime,
    search: str,
    corpus: str | None = None,
    concept_list: str | None = None,
    threshold: float | None = None,
) -> Compared:
    """What changed since a version of the table concept_counts, or since a moment.

    Raises ConceptfreqError if that state cannot be read, or has no counts that can be compared with those of today.
    """
    now = all_frequencies(context, search, corpus, concept_list, threshold)
    then = replace(context, lake=lake_since(context.lake, since))
    before = all_past_frequencies(then, search, corpus, concept_list)
    compared = compare(now, [row for row in before if threshold in (None, row.threshold)])
    if not compared.changes and not compared.same:
        raise ConceptfreqError(
            f"{context.settings.name}: nothing that was counted at {since} was counted under the present settings, so "
            f"nothing can be compared ({'; '.join(compared.alone)})"
        )
    return compared


def compare(now: Sequence[Frequency], before: Sequence[Frequency]) -> Compared:
    """Compare two states concept by concept, by the same search of the same corpus under the same settings."""
    present, past = _by_condition(now), _by_condition(before)
    both = [condition for condition in present if condition in past]
    pairs = [pair for condition in both for pair in _pairs(present[condition], past[condition])]
    made = [one for one in (_change(*pair) for pair in pairs) if one is not None]
    order = {condition: place for place, condition in enumerate(both)}
    made.sort(key=lambda one: (order[_condition(one)], -abs(one.change), one.concept))
    alone = [
        f"{_told(condition)}: nothing was counted {when} under these settings"
        for when, has, lacks in (("then", present, past), ("now", past, present))
        for condition in has
        if condition not in lacks
    ]
    return Compared(made, len(pairs) - len(made), alone)


def _by_condition(rows: Sequence[Frequency]) -> Counts:
    found: Counts = {}
    for row in rows:
        found.setdefault(_condition(row), {})[row.concept] = row
    return found


def _condition(row: Frequency) -> Condition:
    return row.corpus, row.search, row.threshold, row.source, row.list


def _told(condition: Condition) -> str:
    corpus, search, threshold, source, of_list = condition
    return ", ".join(filter(None, (corpus, above(search, threshold), source, of_list)))


def _pairs(now: dict[str, Frequency], before: dict[str, Frequency]) -> Iterator[tuple[Frequency, int | None]]:
    """Every concept's row, and its frequency before. One that is gone has no frequency, of the samples of today."""
    for concept, row in now.items():
        yield row, before[concept].frequency if concept in before else None
    samples = next(iter(now.values())).samples
    for concept, row in before.items():
        if concept not in now:
            gone = {"frequency": None, "unanswerable": None, "samples": samples}
            yield Frequency(**{**asdict(row), **gone}), row.frequency


def _change(row: Frequency, before: int | None) -> FrequencyChange | None:
    """The change; None if there is none."""
    if row.frequency == before:
        return None
    change = (row.frequency or 0) - (before or 0)
    if before is None or row.frequency is None:
        what = "appeared" if before is None else "vanished"
    else:
        what = "grew" if change > 0 else "shrank"
    return FrequencyChange(**asdict(row), before=before, change=change, what=what)
