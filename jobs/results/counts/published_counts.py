"""Published frequencies and misalignment, as they were imported. They have the form of own counts, with their source.

A published count belongs to a list and, if one corpus was searched in several ways, to a method. The number of searched
samples is not published. Other groups' tables (`imported_counts`) are published frequencies too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.published.parts import STAGE, published_specs
from jobs.results.counts.answers import Frequency, Misaligned
from jobs.results.counts.imported_counts import imported_corpora, imported_frequencies

COLUMNS = ["corpus", "spec", "search", "threshold", "concept", "list", "frequency", "unanswerable"]


def published_corpora(context: Context) -> list[str]:
    """The names of the corpora with imported counts, sorted."""
    authors = {body["corpus"] for body in _bodies(context.lake, "search_counts").values()}
    return sorted(authors | imported_corpora(context.lake))


def published_rows(
    lake: Lake, corpora: Collection[str] | None = None, search: str | None = None
) -> Iterator[tuple[dict[str, Any], str | None]]:
    """The authors' rows of concepts with the method of their search, of these corpora and this search, or of all."""
    bodies = {
        spec: body
        for spec, body in _bodies(lake, "search_counts").items()
        if (corpora is None or body["corpus"] in corpora) and search in (None, body["search"])
    }
    for row in lake.rows("concept_counts", COLUMNS, spec=sorted(bodies), measure="concept") if bodies else ():
        yield row, bodies[row["spec"]].get("method")


def published_frequencies(
    context: Context,
    corpora: Collection[str] | None = None,
    search: str | None = None,
    concept_list: str | None = None,
) -> list[Frequency]:
    """Published frequencies of these corpora, this search and this list, or of all, the most frequent first."""
    found = [
        Frequency(
            row["corpus"],
            row["search"],
            row["threshold"],
            row["concept"],
            row["frequency"],
            row["unanswerable"],
            None,
            f"{STAGE}, {method}" if method else STAGE,
            row["list"],
        )
        for row, method in published_rows(context.lake, corpora, search)
        if concept_list in (None, row["list"])
    ]
    found += imported_frequencies(context.lake, corpora, search, concept_list)
    return sorted(
        found, key=lambda row: (row.corpus, row.source, row.threshold or 0, -(row.frequency or 0), row.concept)
    )


def published_misalignment(context: Context) -> Iterator[Misaligned]:
    """Published misalignment, one row per corpus and threshold."""
    totals: dict[tuple[str, float], dict[str, int]] = {}
    bodies = _bodies(context.lake, "misalignment")
    for row in context.lake.rows("concept_counts", spec=sorted(bodies)) if bodies else ():
        totals.setdefault((row["corpus"], row["threshold"]), {})[row["measure"]] = row["frequency"]
    for (corpus, threshold), found in sorted(totals.items()):
        misaligned, samples, searched = found.get("misaligned"), found.get("samples"), found.get("found")
        if misaligned is not None:
            degree = misaligned / samples if samples else None
            degree_found = misaligned / searched if searched else None
            yield Misaligned(corpus, threshold, misaligned, samples, degree, degree_found, STAGE)


def _bodies(lake: Lake, kind: str) -> dict[str, dict[str, Any]]:
    """The published specs of one kind, by id."""
    return {spec: body for spec, body in published_specs(lake).items() if body.get("kind") == kind}
