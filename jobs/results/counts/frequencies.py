"""Counts for users: they are read from concept_counts under the settings' specs, never computed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pyarrow as pa

from jobs.concepts.fingerprints import TotalsFingerprint
from jobs.concepts.of_run import chosen_concepts
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.core.stage_specs import search_specs
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake import ledger
from jobs.results.counts.answers import Frequency, Misaligned
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings


def frequencies(context: Context, corpus: Corpus, search: str, concept_list: str | None = None) -> list[Frequency]:
    """Frequencies of the run's concepts (or of one list) in a corpus, the most frequent first.

    Raises ConceptfreqError if nothing was counted under these settings.
    """
    return _of(corpus, search, _rows(context, corpus, search), set(chosen_concepts(context.settings, concept_list)))


def past_frequencies(context: Context, corpus: Corpus, search: str, concept_list: str | None = None) -> list[Frequency]:
    """Frequencies under the present settings as `context.lake` has them, which shows tables as they once were.

    The concepts are those that the same lists had then. Nothing if nothing was counted under these settings then.
    """
    lists = {concept_list} if concept_list else {source.name for source in context.settings.concepts}
    known = zip(*context.lake.columns("concepts", "concept", "lists"), strict=True)
    names = {concept for concept, of in known if not lists.isdisjoint(of)}
    spec = _spec(context, corpus, search)
    return _of(corpus, search, context.lake.rows("concept_counts", corpus=corpus.name, spec=spec), names)


def _of(corpus: Corpus, search: str, rows: Sequence[dict[str, Any]], names: Collection[str]) -> list[Frequency]:
    """The frequencies of these concepts among rows of concept_counts, the most frequent first."""
    searched = _totals(rows)
    found = [
        Frequency(
            corpus.name,
            search,
            row["threshold"],
            row["concept"],
            row["frequency"],
            row["unanswerable"],
            # A count of 0 has no row.
            searched.get((search, row["threshold"], "samples"), 0),
        )
        for row in rows
        if row["search"] == search and row["measure"] == "concept" and row["concept"] in names
    ]
    return sorted(found, key=_rank)


def _rank(row: Frequency) -> tuple[float, int, bool, str]:
    return row.threshold or 0, -(row.frequency or 0), row.frequency is None, row.concept


def misalignment(context: Context, corpus: Corpus) -> list[Misaligned]:
    """The corpus's misalignment at each threshold of the settings, in two forms."""
    integrated = _totals(_rows(context, corpus, "integrated"))
    text = _totals(_rows(context, corpus, "text"))
    image = _totals(_rows(context, corpus, "image"))
    rows = []
    for threshold in _thresholds(context.settings):
        misaligned = integrated.get(("integrated", threshold, "misaligned"), 0)
        samples = integrated.get(("integrated", threshold, "samples"), 0)
        found = max(text.get(("text", None, "found"), 0), image.get(("image", threshold, "found"), 0))
        rows.append(
            Misaligned(
                corpus.name,
                threshold,
                misaligned,
                samples,
                misaligned / samples if samples else None,
                misaligned / found if found else None,
            )
        )
    return rows


def _rows(context: Context, corpus: Corpus, search: str) -> list[dict[str, Any]]:
    return counted(context, corpus, search).to_pylist()


def counted(context: Context, corpus: Corpus, search: str) -> pa.Table:
    """The rows of concept_counts of a search in a corpus, concepts of other runs and totals included.

    Raises ConceptfreqError if nothing was counted under these settings.
    """
    settings, spec = context.settings, _spec(context, corpus, search)
    rows = context.lake.table("concept_counts", corpus=corpus.name, spec=spec)
    if not rows.num_rows:
        raise ConceptfreqError(
            f"{settings.name}: nothing is counted yet for corpus {corpus.name}, {search} search, under these settings: "
            "run `conceptfreq run` or `conceptfreq count`"
        )
    summed = context.ledger.done(corpus.name, ledger.TOTALS, spec).get(ledger.WHOLE)
    asked = questions(context, corpus)
    if summed is None or not TotalsFingerprint.parse(summed["fingerprint"]).answers(asked.digest):
        raise ConceptfreqError(
            f"{settings.name}: corpus {corpus.name}, {search} search, was last counted for other concepts or thresholds"
            " than these settings have: run `conceptfreq count`"
        )
    return rows


def _spec(context: Context, corpus: Corpus, search: str) -> str:
    settings = context.settings
    specs = search_specs(settings, corpus, context.identities)
    if search not in specs:
        known = ", ".join(specs) or "none"
        raise SettingsError(f"{settings.name}: {search} search is not configured; searches: {known}")
    return specs[search].id


def _totals(rows: Sequence[dict[str, Any]]) -> dict[tuple[object, ...], int]:
    return {
        (row["search"], row["threshold"], row["measure"]): row["frequency"]
        for row in rows
        if row["measure"] != "concept"
    }


def _thresholds(settings: Settings) -> tuple[float, ...]:
    tagger = settings.images.tagger if settings.images else None
    return tagger.thresholds if tagger else ()
