"""The concepts of a run, and the table of those that a lake knows.

A name is a concept's identity, exactly as the lists write it. The table holds the lists of every run over the lake;
a list that is read again replaces its own membership and nobody else's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from jobs.concepts.lists import list_names
from jobs.lake.lake import Lake
from jobs.settings.settings import Settings
from udfs.text.letters import in_one_form
from udfs.text.queries import Query

SCHEMA = pa.schema(
    [
        ("concept", pa.string()),
        ("lists", pa.list_(pa.string())),
        ("terms", pa.list_(pa.list_(pa.string()))),
        ("unanswerable", pa.string()),
    ]
)


def run_concepts(settings: Settings) -> dict[str, list[str]]:
    """The concepts of a run with the lists that each is in, in the order of the lists, each once."""
    concepts: dict[str, list[str]] = {}
    for source in settings.concepts:
        for name in dict.fromkeys(list_names(source)):
            concepts.setdefault(name, []).append(source.name)
    return concepts


def spelling(name: str) -> str:
    """A name but for case, underscores, spaces and the form of its letters (`udfs.text.letters`).

    How labels and descriptions of others' making are matched to it.
    """
    return " ".join(in_one_form(name).replace("_", " ").lower().split())


def lake_concepts(lake: Lake, settings: Settings) -> dict[str, list[str]]:
    """The concepts of this run and of every other list that the lake knows, with their lists."""
    own = {source.name for source in settings.concepts}
    merged = {name: list(lists) for name, lists in run_concepts(settings).items()}
    for concept, lists in zip(*lake.columns("concepts", "concept", "lists"), strict=True):
        others = [name for name in lists if name not in own]
        if others:
            merged.setdefault(concept, []).extend(others)
    return {name: sorted(merged[name]) for name in sorted(merged)}


def store(lake: Lake, concepts: Mapping[str, Sequence[str]], queries: Mapping[str, Query]) -> None:
    """Write the table of concepts, where it differs from what is there.

    `queries` has one a concept; without a search of nouns it is empty, and what a run with one has found is kept.
    """
    stored = lake.table("concepts").cast(SCHEMA).sort_by("concept")
    names = sorted(concepts)
    if queries:
        terms = [queries[name].terms for name in names]
        reasons = [queries[name].unanswerable for name in names]
    else:
        place = {name: number for number, name in enumerate(stored["concept"].to_pylist())}
        kept = stored.take(pa.array([place.get(name) for name in names], pa.int64()))
        terms, reasons = kept["terms"], kept["unanswerable"]
    columns = {"concept": names, "lists": [concepts[name] for name in names], "terms": terms, "unanswerable": reasons}
    table = pa.table(columns, schema=SCHEMA)
    if not table.equals(stored):
        lake.replace_arrow("concepts", {}, table)
