"""Which rows of a table: columns and the values that they may have, written as SQL for whoever evaluates it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

# Column -> its value, or the values it may have. An empty slice is the whole table.
Slice = Mapping[str, str | Iterable[str]]


def spark_condition(where: Slice) -> str:
    """The slice in Spark's SQL, where a quote within a literal is escaped."""
    return _condition(where, lambda text: text.replace("\\", "\\\\").replace("'", "\\'"))


def delta_condition(where: Slice) -> str:
    """The slice in the deltalake library's SQL, where a quote within a literal is doubled."""
    return _condition(where, lambda text: text.replace("'", "''"))


def _condition(where: Slice, escape: Callable[[str], str]) -> str:
    terms = []
    for column, values in where.items():
        literals = [f"'{escape(value)}'" for value in ([values] if isinstance(values, str) else values)]
        terms.append(f"`{column}` IN ({', '.join(literals)})" if literals else "false")
    return " AND ".join(terms) or "true"
