"""Frequencies of other groups' tables, as `import-frequencies` wrote them, in the form of own counts.

A frequency belongs to a set, which is its list, and to a definition, which is a part of its source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from jobs.imported.load_frequencies import frequency_specs
from jobs.lake.lake import Lake
from jobs.results.counts.answers import Frequency

SOURCE: Final = "imported"
COLUMNS: Final = ["spec", "measure", "concept", "frequency"]


@dataclass(frozen=True)
class ImportedTable:
    """Samples by concept of one set, corpus and definition; `samples` were searched, if that is known."""

    set: str
    corpus: str
    definition: str
    search: str
    frequency: dict[str, int]
    samples: int | None


def imported_corpora(lake: Lake) -> set[str]:
    """The names of the corpora with imported frequencies."""
    return {body["corpus"] for body in frequency_specs(lake).values()}


def imported_tables(
    lake: Lake, corpora: Collection[str] | None = None, search: str | None = None
) -> Iterator[ImportedTable]:
    """The imported tables of these corpora and this search, or of all, by corpus, definition and set."""
    bodies = {
        spec: body
        for spec, body in frequency_specs(lake).items()
        if (corpora is None or body["corpus"] in corpora) and search in (None, body["search"])
    }
    counts: dict[str, dict[str, int]] = {}
    searched: dict[str, int] = {}
    for row in lake.rows("concept_counts", COLUMNS, spec=sorted(bodies)) if bodies else ():
        if row["measure"] == "concept":
            counts.setdefault(row["spec"], {})[row["concept"]] = row["frequency"]
        else:
            searched[row["spec"]] = row["frequency"]
    for spec in sorted(counts, key=lambda spec: [bodies[spec][name] for name in ("corpus", "definition", "set")]):
        body = bodies[spec]
        about = (body["set"], body["corpus"], body["definition"], body["search"])
        yield ImportedTable(*about, counts[spec], searched.get(spec))


def imported_frequencies(
    lake: Lake,
    corpora: Collection[str] | None = None,
    search: str | None = None,
    concept_list: str | None = None,
) -> Iterator[Frequency]:
    """Imported frequencies of these corpora, this search and this list, or of all."""
    for table in imported_tables(lake, corpora, search):
        if concept_list in (None, table.set):
            source = f"{SOURCE}, {table.definition}"
            for concept, frequency in table.frequency.items():
                yield Frequency(
                    table.corpus, table.search, None, concept, frequency, None, table.samples, source, table.set
                )
