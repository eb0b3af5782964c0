"""Concept lists and the table of the concepts that a lake knows.

A name is a concept's identity, exactly as the lists write it. The table holds the lists of every run over the lake;
a list that is read again replaces its own membership and nobody else's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from jobs.core.errors import SettingsError
from jobs.core.lake import Lake
from jobs.core.settings import ConceptList, Settings
from udfs.shards.uris import filesystem_and_path

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
    """A name but for case, underscores and spaces: how labels and descriptions of others' making are matched to it."""
    return " ".join(name.replace("_", " ").lower().split())


def lake_concepts(lake: Lake, settings: Settings) -> dict[str, list[str]]:
    """The concepts of this run and of every other list that the lake knows, with their lists."""
    own = {source.name for source in settings.concepts}
    merged = {name: list(lists) for name, lists in run_concepts(settings).items()}
    for row in lake.rows("concepts", ["concept", "lists"]):
        others = [name for name in row["lists"] if name not in own]
        if others:
            merged.setdefault(row["concept"], []).extend(others)
    return {name: sorted(merged[name]) for name in sorted(merged)}


def store(
    lake: Lake,
    concepts: Mapping[str, list[str]],
    terms: Mapping[str, list[list[str]]],
    unanswerable: Mapping[str, str],
) -> None:
    """Write the table of concepts, where it differs from what is there."""
    stored = {row["concept"]: row for row in lake.rows("concepts")}
    rows = [_row(name, lists, terms, unanswerable, stored.get(name)) for name, lists in concepts.items()]
    if stored != {row["concept"]: row for row in rows}:
        lake.replace_rows("concepts", {}, rows)


def _row(
    name: str,
    lists: list[str],
    terms: Mapping[str, list[list[str]]],
    unanswerable: Mapping[str, str],
    stored: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """A concept's row. A run without a search of nouns keeps what one with it has found."""
    if name in terms or stored is None:
        return {"concept": name, "lists": lists, "terms": terms.get(name), "unanswerable": unanswerable.get(name)}
    return {**stored, "lists": lists}
