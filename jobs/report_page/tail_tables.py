"""The page's tables of tails: how rare concepts are in each search, and how far corpora agree."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations

from jobs.analysis.agreement import FrequencyAgreement, by_name
from jobs.analysis.power_law import PowerLaw, fit_power_law
from jobs.analysis.tail import Inequality, inequality
from jobs.report_page.data import SearchCounts


@dataclass(frozen=True)
class TailRow:
    """A search with what its frequencies are like; `law` is None for too few concepts."""

    counts: SearchCounts
    told: Inequality
    law: PowerLaw | None


@dataclass(frozen=True)
class AcrossRow:
    """Two corpora under one search, compared by concept."""

    label: str
    corpora: tuple[str, str]
    agreed: FrequencyAgreement


def tail_table(searches: Sequence[SearchCounts]) -> list[TailRow]:
    """A row for each search that can answer a concept."""
    return [_tail(counts) for counts in searches if counts.ranked]


def across_table(searches: Sequence[SearchCounts]) -> list[AcrossRow]:
    """A row for every two corpora under one search and threshold."""
    return [
        AcrossRow(one.label, (one.corpus, other.corpus), by_name({"": dict(one.ranked)}, {"": dict(other.ranked)}))
        for one, other in combinations(searches, 2)
        if one.corpus != other.corpus and one.label == other.label
    ]


def _tail(counts: SearchCounts) -> TailRow:
    frequency, law = [number for _, number in counts.ranked], None
    # With few concepts there is no power law, as docs/tails.md says.
    with suppress(ValueError):
        law = fit_power_law(frequency)
    return TailRow(counts, inequality(frequency), law)
