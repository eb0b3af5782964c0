"""Published frequencies and misalignment, as they were imported. They have the form of own counts, with their source.

A published count belongs to a list and, if one corpus was searched in several ways, to a method. The number of searched
samples is not published.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from jobs.core.context import Context
from jobs.results.answers import Frequency, Misaligned

STAGE = "published"
COLUMNS = ["corpus", "spec", "search", "threshold", "concept", "list", "frequency", "unanswerable"]


def published_corpora(context: Context) -> list[str]:
    """The names of the corpora with imported counts, sorted."""
    return sorted({body["corpus"] for body in _bodies(context, "search_counts").values()})


def published_frequencies(
    context: Context, corpora: Sequence[str], search: str, concept_list: str | None = None
) -> list[Frequency]:
    """Published frequencies of these corpora under a search, of one list or of all, the most frequent first."""
    bodies = _bodies(context, "search_counts")
    found = [
        Frequency(
            row["corpus"],
            search,
            row["threshold"],
            row["concept"],
            row["frequency"],
            row["unanswerable"],
            None,
            _source(bodies[row["spec"]]),
            row["list"],
        )
        for row in _rows(context, bodies, corpora, search, "concept")
        if concept_list in (None, row["list"])
    ]
    return sorted(
        found, key=lambda row: (row.corpus, row.source, row.threshold or 0, -(row.frequency or 0), row.concept)
    )


def published_misalignment(context: Context) -> Iterator[Misaligned]:
    """Published misalignment, one row per corpus and threshold."""
    totals: dict[tuple[str, float], dict[str, int]] = {}
    bodies = _bodies(context, "misalignment")
    for row in context.lake.rows("concept_counts", spec=sorted(bodies)) if bodies else ():
        totals.setdefault((row["corpus"], row["threshold"]), {})[row["measure"]] = row["frequency"]
    for (corpus, threshold), found in sorted(totals.items()):
        misaligned, samples, searched = found.get("misaligned"), found.get("samples"), found.get("found")
        if misaligned is not None:
            degree = misaligned / samples if samples else None
            degree_found = misaligned / searched if searched else None
            yield Misaligned(corpus, threshold, misaligned, samples, degree, degree_found, STAGE)


def _bodies(context: Context, kind: str) -> dict[str, dict[str, Any]]:
    """The published specs of one kind, by id."""
    rows = context.lake.rows("specs", ["spec", "body"], stage=STAGE)
    bodies = {row["spec"]: json.loads(row["body"]) for row in rows}
    return {spec: body for spec, body in bodies.items() if body.get("kind") == kind}


def _rows(
    context: Context, bodies: dict[str, dict[str, Any]], corpora: Sequence[str], search: str, measure: str
) -> list[dict[str, Any]]:
    specs = sorted(spec for spec, body in bodies.items() if body["corpus"] in corpora and body["search"] == search)
    return context.lake.rows("concept_counts", COLUMNS, spec=specs, measure=measure) if specs else []


def _source(body: dict[str, Any]) -> str:
    return f"{STAGE}, {body['method']}" if body.get("method") else STAGE
