"""The concepts of a run, and the table of the concepts that a lake knows.

A name is a concept's identity, exactly as the lists write it. The table holds the lists of every run over the lake.
A list that is read again replaces its own membership and leaves that of other lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from jobs.concepts.lists import list_names
from jobs.errors import SettingsError
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
    """The concepts of a run in the order of the lists, each once, with the lists that hold it."""
    concepts: dict[str, list[str]] = {}
    for source in settings.concepts:
        for name in dict.fromkeys(list_names(source)):
            concepts.setdefault(name, []).append(source.name)
    return concepts


def chosen_concepts(settings: Settings, concept_list: str | None) -> list[str]:
    """The concepts of one list of the settings, each once; those of all lists for None.

    Raises SettingsError, which names the lists, if there is no such list.
    """
    lists = [source.name for source in settings.concepts]
    if concept_list not in (None, *lists):
        raise SettingsError(f"no concept list '{concept_list}'; lists: {', '.join(lists) or 'none'}")
    return [name for name, held_by in run_concepts(settings).items() if concept_list in (None, *held_by)]


def spelling(name: str) -> str:
    """A name without its case, underscores, spaces and the form of its letters (`udfs.text.letters`).

    Labels and descriptions by others are matched to a name by its spelling.
    """
    return " ".join(in_one_form(name).replace("_", " ").lower().split())


def lake_concepts(lake: Lake, settings: Settings) -> dict[str, list[str]]:
    """The concepts of this run and of all other lists that the lake knows, with their lists."""
    own = {source.name for source in settings.concepts}
    merged = {name: list(lists) for name, lists in run_concepts(settings).items()}
    for concept, lists in zip(*lake.columns("concepts", "concept", "lists"), strict=True):
        others = [name for name in lists if name not in own]
        if others:
            merged.setdefault(concept, []).extend(others)
    return {name: sorted(merged[name]) for name in sorted(merged)}


def store(lake: Lake, concepts: Mapping[str, Sequence[str]], queries: Mapping[str, Query]) -> None:
    """Write the table of concepts if it has changed.

    `queries` has one query per concept. Without a search of nouns it is empty, and the queries in the table are kept.
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
