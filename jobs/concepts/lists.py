"""Concept lists as their files hold them: one name per line, a table with a column of names, a JSON or YAML list.

A name is a concept's identity, so a file is refused if it is not clear which of its words are the names. A table, or a
list of mappings, may define concepts by more than their names (`jobs.concepts.list_entries`).
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import yaml

from jobs.concepts.defining import definitions_of
from jobs.concepts.definitions import Definition
from jobs.concepts.list_entries import SYNSET, Entry, defines, item_entries, row_entries
from jobs.errors import SettingsError
from jobs.settings.corpora import ConceptList
from udfs.shards.uris import filesystem_and_path

# The usual headers of a column of names, in any case; the others count only if they are the only header.
NAME_COLUMNS = ("concept", "name", "class_name")
ALONE = (*NAME_COLUMNS, "class", "label", "category", "concepts", "names", "classes", "labels", "categories")

DELIMITERS = (",", ";", "\t", "|")
# How many lines are read to find a table's delimiter.
FIRST_LINES = 1000
# Lines of ImageNet's own lists: WordNet's id, then synonyms.
_SYNSET = re.compile(r"n\d{8}\b")

Row = Sequence[str]


class ListContent(NamedTuple):
    """What a file holds: the names as they are written and, if it defines concepts by more than that, its entries.

    synsets: the WordNet id of each name, empty without one; none at all if the file has no such column or key.
    """

    names: Sequence[str]
    entries: Sequence[Entry] = ()
    synsets: Sequence[str] = ()


@dataclass(frozen=True)
class Listed:
    """The names of a list in its order, repeats included, and the definitions of those that are more than a name.

    entries: what the file says of each concept, if it defines concepts. synsets: the WordNet ids that it gives a name.
    """

    names: tuple[str, ...]
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    synsets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def list_names(source: ConceptList) -> tuple[str, ...]:
    """The names of a list in its order, repeats included. Raises SettingsError if the file cannot be used."""
    return read_list(source).names


def read_list(source: ConceptList) -> Listed:
    """A list with its definitions. Raises SettingsError if the file cannot be used."""
    try:
        filesystem, path = filesystem_and_path(source.file)
        with filesystem.open_input_stream(path) as stream:
            found = _content(path.lower(), _decoded(stream.read()), source.column)
        definitions = definitions_of(found.entries)
    except (OSError, ValueError, csv.Error, yaml.YAMLError) as error:
        raise SettingsError(f"concepts.{source.name}: {source.file} cannot be read: {error}") from None
    names = tuple(name.strip() for name in found.names if name.strip())
    if not names:
        raise SettingsError(f"concepts.{source.name}: {source.file} names no concept")
    synsets: dict[str, tuple[str, ...]] = {}
    for name, synset in zip(found.names, found.synsets, strict=False):
        if synset.strip():
            synsets[name.strip()] = tuple(dict.fromkeys((*synsets.get(name.strip(), ()), synset.strip())))
    return Listed(names, definitions, tuple(found.entries), synsets)


def _decoded(raw: bytes) -> str:
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"line {1 + raw[: error.start].count(10)}: {error}") from None


def _content(path: str, text: str, column: str | int | None) -> ListContent:
    if path.endswith(".json"):
        return _items(json.loads(text, parse_int=str, parse_float=str), column)
    if path.endswith((".yaml", ".yml")):
        # The basic loader leaves every value as it is written, so `no` stays a word.
        return _items(yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader)), column, text)
    if path.endswith((".csv", ".tsv")):
        delimiter = "\t" if path.endswith(".tsv") else _delimiter(text)
        return _cells([row for row in _numbered(text, delimiter) if any(map(str.strip, row[1]))], column)
    return ListContent(_lines(text))


def _lines(text: str) -> list[str]:
    """One name per line; lines that begin with "# " are comments."""
    if (text.strip()[:1], text.strip()[-1:]) in (("[", "]"), ("{", "}")):
        raise ValueError("this is not one name per line: if it is a list in JSON or YAML, name the file .json or .yaml")
    lines = [line for line in text.splitlines() if not line.startswith("# ")]
    for line in lines:
        if "\t" in line.strip() or _SYNSET.match(line):
            raise ValueError(f"{line!r} is more than a name: write one name per line, or a table (.csv, .tsv)")
    return lines


def _items(found: Any, column: str | int | None, text: str | None = None) -> ListContent:
    """The names in a list of names, or in a list of mappings under one key; text: the file, if it is YAML."""
    if not isinstance(found, list):
        raise ValueError(f"a list of names is expected, found {_shown(found)}")
    names = [_under(item, column) if isinstance(item, dict) else item for item in found]
    for number, name in enumerate(names):
        if not isinstance(name, str):
            raise ValueError(f"item {number} is {_shown(name)}, not a name")
    items = [_others(item, column) if isinstance(item, dict) else {} for item in found]
    synsets = [given if isinstance(given := item.get(SYNSET), str) else "" for item in items]
    return ListContent(names, item_entries(names, items, text) if any(map(defines, items)) else (), synsets)


def _name_key(item: dict[Any, Any], column: str | int | None) -> str | int | None:
    return next((name for name in NAME_COLUMNS if name in item), None) if column is None else column


def _under(item: dict[Any, Any], column: str | int | None) -> Any:
    key = _name_key(item, column)
    if key not in item:
        raise ValueError(f"which key holds the names? {_shown(item)} has {_quoted(item)}: set `column`")
    return item[key]


def _others(item: dict[Any, Any], column: str | int | None) -> dict[Any, Any]:
    """What an item has beside its name."""
    name = _name_key(item, column)
    return {key: value for key, value in item.items() if key != name}


def _cells(numbered: Sequence[tuple[int, Row]], column: str | int | None) -> ListContent:
    """The names in a table without empty rows: the cells of one column, without its header."""
    rows = [row for _, row in numbered]
    if not rows:
        return ListContent([])
    if isinstance(column, int):
        _check_number(column, rows)
        return ListContent(_at(column, rows))
    header = [name.strip() for name in rows[0]]
    index = _index(header, column)
    if index is not None:
        for row in rows[1:]:
            if any(map(str.strip, row[len(header) :])):
                raise ValueError(f"the row {_quoted(row)} has more cells than the header: quote names with a comma")
        others = [*header[:index], *header[index + 1 :]]
        entries = row_entries(numbered[1:], header, index) if defines(others) else ()
        synsets = _at(header.index(SYNSET), rows[1:]) if SYNSET in others else ()
        return ListContent(_at(index, rows[1:]), entries, synsets)
    widest = max(rows, key=len)
    if len(widest) > 1:
        raise ValueError(
            f"which column holds the names? There are {len(widest)}, as in {_quoted(widest)}: set `column` to its name"
            " in the header, or to its number from 0 in a file without header"
        )
    return ListContent(_at(0, rows[1:] if header[0].lower() in ALONE else rows))


def _check_number(column: int, rows: Sequence[Row]) -> None:
    """Raise ValueError if no row has so many columns, or if the first row is a header after all."""
    widest = max(rows, key=len)
    if column >= len(widest):
        raise ValueError(f"no column {column}: there are {len(widest)}, numbered from 0, as in {_quoted(widest)}")
    first = _at(column, rows[:1])[0].strip()
    if first.lower() in NAME_COLUMNS:
        raise ValueError(f"the file has a header: set `column` to {first!r}; a number is for a file without header")


def _index(header: Sequence[str], column: str | None) -> int | None:
    """The place of `column`, or of the first usual header; None if there is no usual header."""
    if column is None:
        folded = [name.lower() for name in header]
        return next((folded.index(name) for name in NAME_COLUMNS if name in folded), None)
    if column.strip() not in header:
        raise ValueError(f"no column {column!r}; the columns are {_quoted(header)}")
    return header.index(column.strip())


def _at(index: int, rows: Sequence[Row]) -> list[str]:
    return [row[index] if index < len(row) else "" for row in rows]


def _table(text: str, delimiter: str) -> Any:
    """The reader of a table's rows, which counts its lines."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _numbered(text: str, delimiter: str) -> Iterator[tuple[int, Row]]:
    """The rows of a table with the number of their first line."""
    rows, line = _table(text, delimiter), 1
    for row in rows:
        yield line, row
        line = rows.line_num + 1


def _delimiter(text: str) -> str:
    """The first delimiter that cuts all lines into equally many columns, more than 1; else one in the first line."""
    for delimiter in DELIMITERS:
        with suppress(csv.Error):
            widths = {len(row) for row in islice(_table(text, delimiter), FIRST_LINES) if row}
            if len(widths) == 1 and widths != {1}:
                return delimiter
    first = text.partition("\n")[0]
    return next((delimiter for delimiter in DELIMITERS if delimiter in first), DELIMITERS[0])


def _quoted(names: Iterable[Any]) -> str:
    return ", ".join(map(repr, names))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]} ..."
