"""Own concepts that are found in nearly the same samples, as the audit takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from jobs.analysis.suspicions.meanings import NEARLY_EQUAL, SharedSamples
from jobs.analysis.suspicions.suspicion import Count, Question
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.counts.answers import OWN
from jobs.results.samples.nearly_equal import nearly_equal
from jobs.settings.settings import Search


def shared_samples(context: Context, counts: Sequence[Count]) -> tuple[list[SharedSamples], list[str]]:
    """The pairs among own counts by text, and by images at the highest threshold; and why others were not sought."""
    by_name = {(count.question, count.concept): count for count in counts if count.question.source == OWN}
    shared, unread = [], []
    for question, search in _asked({question for question, _ in by_name}):
        corpus = context.settings.corpus(question.corpus)
        try:
            pairs = nearly_equal(context, corpus, search, question.threshold, NEARLY_EQUAL)
        except ConceptfreqError as error:
            unread.append(f"not checked which concepts have the same samples by {search} search: {error}")
            continue
        for pair in pairs:
            first, second = (by_name.get((question, name)) for name in (pair.first, pair.second))
            if first and second:
                shared.append(SharedSamples(first, second, pair.both, pair.either, pair.searched))
    return shared, unread


def _asked(questions: Iterable[Question]) -> Iterator[tuple[Question, Search]]:
    """One question for each corpus and half: that by text, and that by images at the highest threshold."""
    ordered = sorted(questions, key=lambda question: question.place)
    halves: tuple[Search, ...] = ("text", "image")
    for search in halves:
        # The last one of a corpus has the highest threshold.
        yield from {one.corpus: (one, search) for one in ordered if one.search == search}.values()
