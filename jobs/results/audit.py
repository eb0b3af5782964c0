"""Frequencies that deserve distrust, from the tables: own counts under the settings' specs, and published ones.

The audit only reads. A lake in a local folder needs no Spark. Most rules need counts alone; one looks at samples.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from jobs.analysis.suspicions.kinds import KINDS
from jobs.analysis.suspicions.rules import Lists, find
from jobs.analysis.suspicions.suspicion import Count, Question, Suspicion, Terms
from jobs.concepts.of_run import run_concepts
from jobs.concepts.questions import of_lists
from jobs.core.context import Context
from jobs.core.stage_specs import search_specs
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.lake.tables import WHOLE_SET
from jobs.published.layout import load_layout, tasks
from jobs.published.parts import STAGE as PUBLISHED
from jobs.published.parts import published_specs
from jobs.results.counts.answers import OWN
from jobs.results.counts.published_counts import published_rows
from jobs.results.shared_samples import shared_samples
from jobs.settings.settings import Settings
from jobs.settings.text_search import Captions
from udfs.text.modes import INDEX_OF
from udfs.text.spellings import spelling

log = logging.getLogger(__name__)

# A match that takes every name for nouns (docs/text-search.md).
PAPER = "paper"
ANSWERS = ("concept", "threshold", "frequency", "unanswerable")
# Concepts up to which a count ends with a summary of the audit: it takes 50 us for each, which is more than the count.
SUMMARISED = 50_000
# The terms, and the reason why no noun search can answer, of a concept for which the lake has neither.
NOT_KNOWN: tuple[None, None] = (None, None)


@dataclass(frozen=True)
class Audit:
    """The findings over `counts` frequencies, the heaviest first; `unchecked` names what was not checked, and why."""

    findings: tuple[Suspicion, ...]
    counts: int
    unchecked: str | None = None

    @property
    def by_kind(self) -> dict[str, int]:
        """The number of findings by kind; the kind of the heaviest finding comes first."""
        return dict(Counter(found.kind for found in self.findings))

    def only(self, kinds: Collection[str] = (), concept: str | None = None, top: int | None = None) -> Audit:
        """The findings of these kinds that name the concept, the `top` heaviest of each kind; all by default.

        A name is compared without case and underscores.
        """
        name = None if concept is None else spelling(concept)
        kept, of_kind = [], Counter[str]()
        for found in self.findings:
            named = name is None or name in (spelling(found.concept or ""), spelling(found.other or ""))
            if named and (not kinds or found.kind in kinds) and (top is None or of_kind[found.kind] < top):
                of_kind[found.kind] += 1
                kept.append(found)
        return replace(self, findings=tuple(kept))


def audit(context: Context, samples: bool = False) -> Audit:
    """All suspicious frequencies among the settings' own counts and the published counts of the lake.

    samples: also look for own concepts with nearly the same samples. Raises ConceptfreqError if there are no counts.
    """
    lake, settings = context.lake, context.settings
    counts = [*own_counts(context), *published_counts(lake)]
    if not counts:
        raise ConceptfreqError(
            f"{settings.name}: nothing is counted under these settings, and nothing was imported, in {lake.at}: "
            "run `conceptfreq run` or `conceptfreq import-published`"
        )
    judged, unchecked = _judged(counts, settings)
    shared, unread = shared_samples(context, judged) if samples else ([], [])
    said = "; ".join([*([unchecked] if unchecked else []), *unread])
    return Audit(find(judged, _lists(lake, settings), shared), len(counts), said or None)


def own_audit(context: Context) -> Audit:
    """The findings in the settings' own counts, without a model: evaluations and published counts are left out.

    It takes O(concepts), and no Spark in a local lake. Longer lists than `SUMMARISED` are not checked: that would take
    longer than their count.
    """
    concepts = len(of_lists(context).run_concepts)
    if concepts > SUMMARISED:
        return Audit((), 0, f"not made for all of {concepts} concepts; `conceptfreq audit CONFIG` makes it")
    counts = own_counts(context)
    return Audit(find(counts, Lists()), len(counts))


def summarise(context: Context) -> None:
    """Log the number of findings by kind in the settings' own counts, in one line."""
    found = own_audit(context)
    if found.unchecked:
        log.info("audit: %s", found.unchecked)
    elif found.findings:
        kinds = ", ".join(f"{KINDS[kind]}: {number}" for kind, number in found.by_kind.items())
        log.info("audit: %s; `conceptfreq audit CONFIG` lists them", kinds)
    elif found.counts:
        log.info("audit: nothing suspicious in %d frequencies", found.counts)


def own_counts(context: Context) -> list[Count]:
    """The frequencies of the settings' concepts in their corpora, under their specs; none if nothing is counted."""
    lake, settings = context.lake, context.settings
    if not settings.corpora or not settings.concepts or not lake.exists("concept_counts"):
        return []
    lists = {name: tuple(found) for name, found in run_concepts(settings).items()}
    concept, terms, unanswerable = lake.columns("concepts", "concept", "terms", "unanswerable")
    known = dict(zip(concept, zip(terms, unanswerable, strict=True), strict=True))
    counts = []
    for corpus in settings.corpora:
        for search, spec in search_specs(settings, corpus, context.identities).items():
            method = settings.captions.match if settings.captions and search != "image" else None
            by_nouns = method is None or INDEX_OF[method] == "nouns"
            found = lake.columns("concept_counts", *ANSWERS, corpus=corpus.name, spec=spec.id, measure="concept")
            for name, threshold, frequency, why in zip(*found, strict=True):
                if name in lists:
                    question = Question(OWN, corpus.name, search, method, threshold)
                    words, never = known.get(name, NOT_KNOWN) if by_nouns else NOT_KNOWN
                    counts.append(Count(question, name, lists[name], frequency, _words(method, words), why or never))
    return counts


def published_counts(lake: Lake) -> list[Count]:
    """The imported frequencies, each for its list."""
    counts = []
    for row, method in published_rows(lake):
        question = Question(PUBLISHED, row["corpus"], row["search"], method, row["threshold"])
        lists = (row["list"],) if row["list"] else ()
        counts.append(Count(question, row["concept"], lists, row["frequency"], (), row["unanswerable"]))
    return counts


def _words(method: str | None, terms: Sequence[Sequence[str]] | None) -> Terms:
    """The terms of a query; none under the paper's match, so that the words of the name are taken.

    The paper's match drops some terms, and a rule looks for those.
    """
    return () if method == PAPER else tuple(map(tuple, terms or ()))


def _judged(counts: Sequence[Count], settings: Settings) -> tuple[list[Count], str | None]:
    """Counts, with the reason if a noun search cannot answer them; and what was not checked, and why.

    The reason is added to counts whose search took every name for nouns: published ones, and own ones under the
    paper's match. The other own counts have it already.
    """
    trusting = {
        count.question for count in counts if count.question.source == PUBLISHED or count.question.method == PAPER
    }
    names = {count.concept for count in counts if count.question in trusting}
    reasons, unchecked = _reasons(settings, names) if names else ({}, None)
    judged = [
        replace(count, unanswerable=reasons[count.concept])
        if count.question in trusting and count.concept in reasons
        else count
        for count in counts
    ]
    return judged, unchecked


def _reasons(settings: Settings, names: Collection[str]) -> tuple[dict[str, str], str | None]:
    """The reason for each name that no noun search can answer; without spaCy, only for names with digits."""
    try:
        from udfs.text.nouns import load_pipeline
        from udfs.text.queries import strict_query

        pipeline = load_pipeline((settings.captions or Captions()).pipeline)
    except (ImportError, ValueError) as error:
        digits = {name: "it has digits, which a noun index drops" for name in names if any(map(str.isdigit, name))}
        return digits, f"not checked whether the names are nouns (adjectives, function words): {error}"
    queries = (strict_query(name, pipeline) for name in sorted(names))
    return {query.concept: query.unanswerable for query in queries if query.unanswerable}, None


def _lists(lake: Lake, settings: Settings) -> Lists:
    """The lists as the evaluations have them and, if results were imported, as their layout has them."""
    evaluated: dict[str, set[str]] = {}
    for name, concept in lake.distinct("evaluations", "set", "concept"):
        if concept != WHOLE_SET:
            evaluated.setdefault(name, set()).add(concept)
    names = {name: frozenset(found) for name, found in evaluated.items()}
    if not published_specs(lake):
        return Lists(names)
    layout = load_layout(settings)
    return Lists(names, layout.name_fixes, tasks(layout))
