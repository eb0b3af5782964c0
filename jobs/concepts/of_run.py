"""The concepts of a run, and the table of the concepts that a lake knows.

A name is a concept's identity, exactly as the lists write it. The table holds the lists of every run over the lake.
A list that is read again replaces its own membership and leaves that of other lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.lists import list_names
from jobs.errors import SettingsError
from jobs.lake.lake import Lake
from jobs.settings.settings import Settings
from udfs.text.letters import in_one_form
from udfs.text.query_columns import QUERIES

LISTS = pa.list_(pa.string())
SCHEMA = QUERIES.insert(1, pa.field("lists", LISTS))
KNOWN = pa.schema([SCHEMA.field("concept"), SCHEMA.field("lists")])


def run_concepts(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The concepts of a run in the order of the lists, each once, with the lists that hold it."""
    concepts: dict[str, tuple[str, ...]] = {}
    for source in settings.concepts:
        # Most concepts are on one list: they share its tuple, which 500,000 of their own would take a second to make.
        alone, names = (source.name,), dict.fromkeys(list_names(source))
        shared = names.keys() & concepts.keys()
        concepts |= {name: (*concepts[name], source.name) if name in shared else alone for name in names}
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


def lake_concepts(lake: Lake, settings: Settings, own: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The concepts of this run, `own`, and of all other lists that the lake knows, with their lists; both ascend."""
    names, merged = {source.name for source in settings.concepts}, dict(own)
    stored = lake.table("concepts", KNOWN.names).cast(KNOWN)
    if not names.issuperset(pc.list_flatten(stored["lists"]).unique().to_pylist()):
        for concept, lists in _pairs(stored):
            if more := [name for name in lists if name not in names]:
                merged[concept] = (*merged.get(concept, ()), *more)
    return {name: lists if len(lists := merged[name]) == 1 else tuple(sorted(lists)) for name in sorted(merged)}


def stored_lists(lake: Lake) -> Iterator[tuple[str, list[str]]]:
    """The concepts in the table, ascending, each with its lists."""
    return _pairs(lake.table("concepts", KNOWN.names).cast(KNOWN).sort_by("concept"))


def _pairs(known: pa.Table) -> Iterator[tuple[str, list[str]]]:
    return zip(known["concept"].to_pylist(), known["lists"].to_pylist(), strict=True)


def store(lake: Lake, concepts: Mapping[str, Sequence[str]], queries: pa.Table | None) -> None:
    """Write the table of concepts if it has changed.

    concepts: their lists, by name in ascending order. queries: one per concept, as columns. Without a search of nouns
    it is None, and the queries in the table are kept.
    """
    stored = lake.table("concepts").cast(SCHEMA).sort_by("concept")
    names = pa.array(concepts, pa.string())
    asked = stored.take(pc.index_in(names, stored["concept"].combine_chunks())) if queries is None else queries
    columns = [names, pa.array(concepts.values(), LISTS), asked["terms"], asked["unanswerable"]]
    table = pa.table(columns, schema=SCHEMA)
    if not table.equals(stored):
        lake.replace_arrow("concepts", {}, table)
