"""The concepts of a run, and the table of the concepts that a lake knows.

A name is a concept's identity, exactly as the lists write it. The table holds the lists of every run over the lake.
A list that is read again replaces its own membership and leaves that of other lists. A name that only definitions use
(`jobs.concepts.definitions`) is in the table for its query, and on no list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.definitions import Definition
from jobs.concepts.lists import read_list
from jobs.errors import SettingsError
from jobs.lake.lake import Lake
from jobs.settings.settings import Settings
from udfs.text.query_columns import QUERIES

LISTS = pa.list_(pa.string())
SCHEMA = QUERIES.insert(1, pa.field("lists", LISTS)).insert(2, pa.field("definition", pa.string()))
KNOWN = pa.schema([SCHEMA.field(name) for name in ("concept", "lists", "definition")])

# Concepts with the lists that hold them, and the definitions of those that are more than their name.
Known = tuple[dict[str, tuple[str, ...]], dict[str, Definition]]


def run_lists(settings: Settings) -> Known:
    """The concepts of a run in the order of the lists, each once, and their definitions.

    Raises SettingsError if two lists define a concept differently: its name is its identity.
    """
    concepts: dict[str, tuple[str, ...]] = {}
    definitions: dict[str, Definition] = {}
    for source in settings.concepts:
        # Most concepts are on one list: they share its tuple, which 500,000 of their own would take a second to make.
        listed = read_list(source)
        alone, names = (source.name,), dict.fromkeys(listed.names)
        shared = names.keys() & concepts.keys()
        for name in shared:
            if definitions.get(name) != listed.definitions.get(name):
                raise SettingsError(
                    f"concepts.{source.name}: '{name}' is on list {concepts[name][0]} too, and defined otherwise "
                    "there: define it alike, or give one of the two another name"
                )
        concepts |= {name: (*concepts[name], source.name) if name in shared else alone for name in names}
        definitions |= listed.definitions
    return concepts, definitions


def run_concepts(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The concepts of a run in the order of the lists, each once, with the lists that hold it."""
    return run_lists(settings)[0]


def chosen_concepts(settings: Settings, concept_list: str | None) -> list[str]:
    """The concepts of one list of the settings, each once; those of all lists for None.

    Raises SettingsError, which names the lists, if there is no such list.
    """
    lists = [source.name for source in settings.concepts]
    if concept_list not in (None, *lists):
        raise SettingsError(f"no concept list '{concept_list}'; lists: {', '.join(lists) or 'none'}")
    return [name for name, held_by in run_concepts(settings).items() if concept_list in (None, *held_by)]


def lake_lists(lake: Lake, settings: Settings, own: Known) -> Known:
    """The concepts of this run, `own`, and of all other lists that the lake knows; both ascend, and so do their lists.

    A concept of this run is what this run defines it to be, also on other lists.
    """
    names, merged, definitions = {source.name for source in settings.concepts}, dict(own[0]), dict(own[1])
    stored = lake.table("concepts", KNOWN.names).cast(KNOWN)
    if not names.issuperset(pc.list_flatten(stored["lists"]).unique().to_pylist()):
        for concept, lists, definition in _rows(stored):
            if more := [name for name in lists if name not in names]:
                merged[concept] = (*merged.get(concept, ()), *more)
                if definition is not None and concept not in own[0]:
                    definitions[concept] = Definition.from_json(concept, definition)
    concepts = {name: held if len(held := merged[name]) == 1 else tuple(sorted(held)) for name in sorted(merged)}
    return concepts, {name: definitions[name] for name in sorted(definitions)}


def stored_lists(lake: Lake) -> Known:
    """The concepts of lists in the table, ascending, and their definitions."""
    concepts: dict[str, tuple[str, ...]] = {}
    definitions: dict[str, Definition] = {}
    for concept, lists, definition in _rows(lake.table("concepts", KNOWN.names).cast(KNOWN).sort_by("concept")):
        if lists:
            concepts[concept] = tuple(lists)
            if definition is not None:
                definitions[concept] = Definition.from_json(concept, definition)
    return concepts, definitions


def _rows(known: pa.Table) -> Iterator[tuple[str, list[str], str | None]]:
    return zip(*(known[name].to_pylist() for name in KNOWN.names), strict=True)


def store(
    lake: Lake, names: Mapping[str, Sequence[str]], definitions: Mapping[str, Definition], queries: pa.Table | None
) -> None:
    """Write the table of concepts if it has changed.

    names: the lists of each name that is asked, in ascending order; none of a name that only definitions use. queries:
    one per name, as columns. Without a search of nouns it is None, and the queries in the table are kept.
    """
    stored = lake.table("concepts").cast(SCHEMA).sort_by("concept")
    concepts = pa.array(names, pa.string())
    asked = stored.take(pc.index_in(concepts, stored["concept"].combine_chunks())) if queries is None else queries
    defined = pa.array((one.to_json() if (one := definitions.get(name)) else None for name in names), pa.string())
    columns = [concepts, pa.array(names.values(), LISTS), defined, asked["terms"], asked["unanswerable"]]
    table = pa.table(columns, schema=SCHEMA)
    if not table.equals(stored):
        lake.replace_arrow("concepts", {}, table)
