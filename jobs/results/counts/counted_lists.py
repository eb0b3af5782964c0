"""Frequencies by concept list, own and published, search by search: what tails and long tails start from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobs.analysis.search_words import above
from jobs.concepts.of_run import run_concepts
from jobs.core.context import Context
from jobs.core.stage_specs import search_specs
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.counts.answers import OWN, Frequency
from jobs.results.counts.frequencies import frequencies
from jobs.results.counts.published_counts import published_corpora, published_frequencies

# A corpus, its source, search and threshold.
Asked = tuple[str, str, str, float | None]
# A frequency, and the lists that hold its concept.
Counted = tuple[Frequency, tuple[str, ...]]


@dataclass(frozen=True)
class CountedLists:
    """One search of a corpus: list -> concept -> samples; None if the search cannot answer the concept.

    samples: how many were searched; None if that was not published.
    """

    corpus: str
    source: str
    search: str
    threshold: float | None
    samples: int | None
    lists: Mapping[str, Mapping[str, int | None]]

    @property
    def answered(self) -> dict[str, dict[str, int]]:
        """The lists without the concepts that the search cannot answer."""
        return {
            name: {concept: frequency for concept, frequency in held.items() if frequency is not None}
            for name, held in self.lists.items()
        }

    @property
    def label(self) -> str:
        """The corpus, with its source if that is not this lake's own count."""
        return self.corpus if self.source == OWN else f"{self.corpus} ({self.source})"

    @property
    def title(self) -> str:
        """Corpus, source and search in words."""
        return f"{self.label}, {above(self.search, self.threshold)}"


def short_labels(counted: Sequence[CountedLists]) -> list[str]:
    """A label for each: the corpus alone, or with its source if there are several under the same search."""
    asked = [(one.corpus, one.search, one.threshold) for one in counted]
    return [one.corpus if asked.count(own) == 1 else one.label for one, own in zip(counted, asked, strict=True)]


def counted_lists(
    context: Context,
    search: str | None = None,
    corpora: Sequence[str] = (),
    concept_list: str | None = None,
    threshold: float | None = None,
) -> list[CountedLists]:
    """Every search of every corpus, the settings' own first; only of this search, corpora, list or threshold, if given.

    Raises SettingsError for a corpus that is unknown, and ConceptfreqError if a corpus of the settings is not counted,
    or if nothing is left.
    """
    _check_corpora(context, corpora)
    rows = [*_own(context, search, corpora), *_published(context, search, corpora)]
    held: dict[Asked, dict[str, dict[str, int | None]]] = {}
    samples: dict[Asked, int | None] = {}
    for row, lists in rows:
        asked = (row.corpus, row.source, row.search, row.threshold)
        if threshold not in (None, row.threshold):
            continue
        samples[asked] = row.samples
        for name in lists:
            if concept_list in (None, name):
                held.setdefault(asked, {}).setdefault(name, {})[row.concept] = row.frequency
    if not held:
        raise ConceptfreqError(_nothing(context, rows, search, concept_list, threshold))
    return [CountedLists(*asked, samples[asked], lists) for asked, lists in held.items()]


def _own(context: Context, search: str | None, corpora: Sequence[str]) -> Iterator[Counted]:
    settings = context.settings
    lists = run_concepts(settings)
    for corpus in settings.corpora if lists else ():
        if corpora and corpus.name not in corpora:
            continue
        for name in search_specs(settings, corpus, context.identities):
            if search in (None, name):
                yield from ((row, lists[row.concept]) for row in frequencies(context, corpus, name))


def _published(context: Context, search: str | None, corpora: Sequence[str]) -> Iterator[Counted]:
    for row in published_frequencies(context, corpora or None, search):
        yield row, (row.list or "",)


def _check_corpora(context: Context, corpora: Sequence[str]) -> None:
    if not corpora:
        return
    known = [*(one.name for one in context.settings.corpora), *published_corpora(context)]
    for name in corpora:
        if name not in known:
            raise SettingsError(f"no corpus '{name}'; corpora: {', '.join(dict.fromkeys(known)) or 'none'}")


def _nothing(
    context: Context, rows: Sequence[Counted], search: str | None, concept_list: str | None, threshold: float | None
) -> str:
    """Why nothing is left, with what is there."""
    name, lake = context.settings.name, context.settings.lake
    if not rows:
        of_search = f" of {search} search" if search else ""
        return (
            f"{name}: no frequency{of_search} is in {lake}: the settings name no corpus and no concepts that are so "
            "searched, and nothing of the kind was imported"
        )
    lists = sorted({one for _, held_by in rows for one in held_by})
    thresholds = sorted({row.threshold for row, _ in rows if row.threshold is not None})
    asked = {"list": concept_list, "threshold": threshold}
    said = " and ".join(f"{what} {value}" for what, value in asked.items() if value is not None)
    return (
        f"{name}: no frequency of {said} is in {lake}; lists: {', '.join(lists)}; "
        f"thresholds: {', '.join(map(str, thresholds)) or 'none, as text search has none'}"
    )
