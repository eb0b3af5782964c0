"""Concept lists and the table of the concepts that a lake knows.

A name is a concept's identity, exactly as the lists write it. The table holds the lists of every run over the lake;
a list that is read again replaces its own membership and nobody else's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import pyarrow as pa

from jobs.core.errors import SettingsError
from jobs.core.lake import Lake
from jobs.core.settings import ConceptList, Settings
from udfs.shards.uris import filesystem_and_path
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
NAME_COLUMNS = ("concept", "name", "class_name")


def list_names(source: ConceptList) -> tuple[str, ...]:
    """The names of a list in its order, repeats included; SettingsError where the file cannot be used."""
    try:
        filesystem, path = filesystem_and_path(source.file)
        with filesystem.open_input_stream(path) as stream:
            text = stream.read().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise SettingsError(f"concepts.{source.name}: {source.file} cannot be read: {error}") from None
    names = _csv_names(source, text) if path.endswith((".csv", ".tsv")) else text.splitlines()
    found = tuple(name.strip() for name in names if name.strip())
    if not found:
        raise SettingsError(f"concepts.{source.name}: {source.file} names no concept")
    return found


def _csv_names(source: ConceptList, text: str) -> list[str]:
    delimiter = "\t" if source.file.endswith(".tsv") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    columns = list(reader.fieldnames or [])
    column = source.column or next((name for name in NAME_COLUMNS if name in columns), columns[0] if columns else "")
    if column not in columns:
        raise SettingsError(f"concepts.{source.name}: {source.file} has no column '{column}'; columns: {columns}")
    return [row[column] or "" for row in reader]


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
