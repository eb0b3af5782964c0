"""Applies every rule to all counts, and orders the suspicions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobs.analysis.suspicions.absences import list_absent, zeros, zeros_in_list
from jobs.analysis.suspicions.answers import unanswerable
from jobs.analysis.suspicions.kinds import KINDS
from jobs.analysis.suspicions.meanings import SharedSamples, ambiguous, duplicated
from jobs.analysis.suspicions.names import differs_between_lists, differs_in_spelling, unpaired_name
from jobs.analysis.suspicions.searches import integrated_above_part, low_in_one_search
from jobs.analysis.suspicions.suspicion import Count, Suspicion, by_corpus, by_question
from jobs.analysis.suspicions.ties import equals_a_term, same_frequency, shared_term, ties

_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Lists:
    """Facts about lists besides their counts.

    `evaluated`: by set, the names in the evaluations. `fixes`: by set, names of the evaluations -> names of the counts.
    `tasks`: by list, the task that it is fitted for; lists of one task are pooled.
    """

    evaluated: Mapping[str, frozenset[str]] = field(default_factory=dict)
    fixes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)


def find(counts: Sequence[Count], lists: Lists, shared: Sequence[SharedSamples] = ()) -> tuple[Suspicion, ...]:
    """The suspicions of every rule, the heaviest first; equal weights are ordered by kind, place and name.

    shared: pairs of counts with the samples that hold both, as far as anybody looked at samples.
    """
    questions = by_question(counts)
    found = [finding for asked in questions.values() for finding in _in_question(asked)]
    for own in by_corpus(questions).values():
        found += low_in_one_search(own)
        found += integrated_above_part(own)
        found += ambiguous(own)
    found += list_absent(questions)
    found += zeros(questions, lists.tasks)
    found += duplicated(shared)
    found += unpaired_name(counts, lists.evaluated, lists.fixes)
    return tuple(sorted(found, key=_order))


def _in_question(counts: Sequence[Count]) -> Iterator[Suspicion]:
    found = ties(counts)
    yield from equals_a_term(found)
    yield from shared_term(counts, found)
    yield from same_frequency(counts, found)
    yield from unanswerable(counts)
    yield from differs_between_lists(counts)
    yield from differs_in_spelling(counts)
    yield from zeros_in_list(counts)


def _order(found: Suspicion) -> tuple[Any, ...]:
    place = found.question.place if found.question else ()
    return -found.weight, _RANK[found.kind], place, found.lists, found.concept or ""
