"""The rarest concepts over several corpora, own and published, without those whose frequency deserves distrust."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from jobs.analysis.agreement import each_once
from jobs.analysis.rarity import RareRules, Rarest, rarest
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.audit import audit
from jobs.results.counts.counted_lists import CountedLists, counted_lists, short_labels
from jobs.results.counts.same_question import same_question
from jobs.results.fits.slopes_of_some import ScoredConcepts

# Findings about single concepts whose frequency may be far off. Names that differ in spelling, or that evaluations
# lack, may have the right one.
DISTRUSTED: Final = (
    "zero_in_one_search",
    "low_in_one_search",
    "equals_a_term",
    "shared_term",
    "same_frequency",
    "unanswerable",
    "integrated_above_part",
    "differs_between_lists",
)  # fmt: skip


@dataclass(frozen=True)
class RareConcepts:
    """What was chosen among `names` (n,): `frequency` (n, corpora) in samples, `lists` (n,) that hold each name."""

    corpora: tuple[CountedLists, ...]
    names: tuple[str, ...]
    lists: tuple[str, ...]
    frequency: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    found: Rarest

    @property
    def chosen(self) -> list[str]:
        """The names, the rarest first."""
        return [self.names[at] for at in self.found.order]

    @property
    def schema(self) -> pa.Schema:
        """The columns of `rows`: one for each corpus, among others."""
        own = [("concept", pa.string()), ("lists", pa.string()), ("typical", pa.float64()), ("found_in", pa.int64())]
        scored = [("score", pa.float64()), ("scores", pa.int64())]
        return pa.schema([*own, *((name, pa.int64()) for name in self._columns), *scored])

    @property
    def _columns(self) -> list[str]:
        return [f"frequency {label}" for label in short_labels(self.corpora)]

    def rows(self, scored: Sequence[ScoredConcepts]) -> Iterator[dict[str, Any]]:
        """One row per chosen concept; its score is the mean of all that `scored` has."""
        scores: dict[str, list[float]] = {}
        for one in scored:
            for name, score in zip(one.names, one.score, strict=True):
                scores.setdefault(name, []).append(score)
        for at in self.found.order:
            own = scores.get(self.names[at], [])
            counts = self.frequency[at].tolist()
            yield {
                "concept": self.names[at],
                "lists": self.lists[at],
                "typical": float(self.found.typical[at]),
                "found_in": sum(count > 0 for count in counts),
                **dict(zip(self._columns, counts, strict=True)),
                "score": float(np.mean(own)) if own else None,
                "scores": len(own),
            }


def rare_concepts(
    context: Context,
    search: str,
    threshold: float | None,
    corpora: Sequence[str],
    rules: RareRules,
    kinds: Collection[str] = DISTRUSTED,
) -> RareConcepts:
    """Choose among the concepts that every corpus counts; `kinds`: the findings of the audit that leave one out.

    corpora: only these; none: all. threshold: None for the highest at which all are counted. Raises SettingsError for
    an unknown corpus or threshold, and ConceptfreqError if the corpora share no concept.
    """
    groups = same_question(context, counted_lists(context, search, corpora), threshold)
    by_name = [each_once(one.answered) for one in groups]
    names = sorted(set(by_name[0]).intersection(*by_name))
    if not names:
        sizes = "; ".join(f"{one.title}: {len(held):,}" for one, held in zip(groups, by_name, strict=True))
        raise ConceptfreqError(
            f"{context.settings.name}: no concept is counted in every corpus ({sizes} concepts): name some by --corpus"
        )
    frequency = np.array([[held[name] for held in by_name] for name in names], np.int64)
    distrusted = _distrusted(context, groups, kinds) if kinds else set()
    flags = np.array([name in distrusted for name in names])
    return RareConcepts(tuple(groups), tuple(names), _lists(groups, names), frequency, rarest(frequency, flags, rules))


def _distrusted(context: Context, groups: Sequence[CountedLists], kinds: Collection[str]) -> set[str]:
    """The concepts that a finding of these kinds names, in one of the counts in question."""
    asked = {(_kind_of(one.source), one.corpus, one.search, one.threshold) for one in groups}
    return {
        one.concept
        for one in audit(context).findings
        if one.kind in kinds and one.concept is not None and one.question is not None
        and (one.question.source, one.question.corpus, one.question.search, one.question.threshold) in asked
    }  # fmt: skip


def _kind_of(source: str) -> str:
    """Own or published, without the method."""
    return source.partition(",")[0]


def _lists(groups: Sequence[CountedLists], names: Sequence[str]) -> tuple[str, ...]:
    """The lists of each name in any of the corpora, separated by `; `."""
    of: Mapping[str, set[str]] = {name: set() for name in names}
    for one in groups:
        for name, held in one.lists.items():
            for concept in held.keys() & of.keys():
                of[concept].add(name)
    return tuple("; ".join(sorted(of[name])) for name in names)
