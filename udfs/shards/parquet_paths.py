"""Resolves names of Parquet columns, and advises on names that do not fit.

A name is a column's own name, dots included, or leads from a column into its structs (`caption.en`) or into a list of
structs (`sentences.raw`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from udfs.shards.fields import enumerated


@dataclass(frozen=True)
class Path:
    """A column, and the names of the nested fields that lead to its values."""

    column: str
    fields: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The path as an option names it."""
        return ".".join((self.column, *self.fields))


def find_path(schema: pa.Schema, name: str) -> Path:
    """The path that `name` means. Raises ValueError, which lists the columns, if there is none."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        column = ".".join(parts[:count])
        if column in schema.names:
            path = Path(column, tuple(parts[count:]))
            if _leads_somewhere(column_type(schema, column), path.fields):
                return path
    raise ValueError(f"no column {name}; the columns are {typed(schema)}")


def usual_path(schema: pa.Schema, names: Sequence[str], lists: bool) -> Path | None:
    """The first of the usual names that is a column of text (or, if `lists`, of lists of texts)."""
    found = [name for name in names if name in schema.names]
    return next((Path(name) for name in found if _holds(column_type(schema, name), lists)), None)


def check_text(schema: pa.Schema, path: Path, option: str, lists: bool) -> None:
    """Raise ValueError, with advice, if the values at `path` are not text (or, if `lists`, lists of texts)."""
    kind = _end(column_type(schema, path.column), path.fields)
    if not _holds(kind, lists):
        ways = [f"{path.name}.{field}" for field in _texts(kind, lists)]
        advice = f"set `{option}` to {' or '.join(ways)}" if ways else f"name another column as `{option}`"
        wanted = "text or a list of texts" if lists else "text"
        raise ValueError(f"column {path.name} holds {kind}, not {wanted}: {advice}; the columns are {typed(schema)}")


def column_type(schema: pa.Schema, name: str) -> pa.DataType:
    """The type of one column. Raises ValueError if no column, or more than one, has this name."""
    count = schema.names.count(name)
    if count > 1:
        raise ValueError(f"{count} columns are named {name}: rename them, or name another column")
    if count == 0:
        raise ValueError(f"no column {name}; the columns are {typed(schema)}")
    return schema.field(name).type


def typed(schema: pa.Schema) -> str:
    """The columns with their types, as a message shows them."""
    return enumerated([f"{field.name} ({field.type})" for field in schema])


def element_type(kind: pa.DataType) -> pa.DataType | None:
    """The type of a list's elements, for any of Arrow's list types; None if `kind` is no list."""
    types = pa.types
    tests = (
        types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view, types.is_large_list_view,
    )  # fmt: skip
    return kind.value_type if any(test(kind) for test in tests) else None


def is_number(kind: pa.DataType) -> bool:
    """Whether values are integers or floats; these are read as their digits."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _holds(kind: pa.DataType, lists: bool) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if _is_text(kind) or is_number(kind) or pa.types.is_null(kind):
        return True
    element = element_type(kind)
    return lists and element is not None and (_is_text(element) or pa.types.is_null(element))


def _is_text(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    elif pa.types.is_dictionary(kind):
        kind = kind.value_type
    types = pa.types
    tests = (
        types.is_string, types.is_large_string, types.is_string_view,
        types.is_binary, types.is_large_binary, types.is_binary_view, types.is_fixed_size_binary,
    )  # fmt: skip
    return any(test(kind) for test in tests)


def _fields(kind: pa.DataType) -> dict[str, pa.DataType]:
    """The fields and their types of a struct, or of the structs in a list; none for any other type."""
    kind = element_type(kind) or kind
    return {field.name: field.type for field in kind} if pa.types.is_struct(kind) else {}


def _leads_somewhere(kind: pa.DataType, path: Sequence[str]) -> bool:
    return not path or path[0] in _fields(kind) and _leads_somewhere(_fields(kind)[path[0]], path[1:])


def _end(kind: pa.DataType, path: Sequence[str]) -> pa.DataType:
    """The type at the end of a path; within a list it is a list."""
    if not path:
        return kind
    end = _end(_fields(kind)[path[0]], path[1:])
    return end if pa.types.is_struct(kind) else pa.list_(end)


def _texts(kind: pa.DataType, lists: bool) -> list[str]:
    """The fields that hold text, directly in a struct or a list of structs."""
    return [name for name in _fields(kind) if _holds(_end(kind, (name,)), lists)]
