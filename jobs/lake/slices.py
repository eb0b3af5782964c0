"""Slices of a table, given by columns and the values that they may have, written as SQL for Spark or for deltalake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

# Column -> its value, or the values that it may have (None: null). An empty slice is the whole table.
Slice = Mapping[str, str | Iterable[str | None]]
# Up to this many values are compared one after the other.
COMPARED = 16


def spark_condition(where: Slice) -> str:
    """The slice in Spark's SQL, as a condition for reading."""
    return _condition(where, spark_literal, _listed)


def spark_replace_condition(where: Slice) -> str:
    """The slice in Spark's SQL, as the condition of replaceWhere.

    Delta checks that each written row belongs to the slice, and there Spark compares it with all values of an IN one
    after the other: for 800 shards this took more time than everything else. A binary search takes a tenth of that.
    """
    return _condition(where, spark_literal, _searched)


def delta_condition(where: Slice) -> str:
    """The slice in the deltalake library's SQL."""
    return _condition(where, _delta_literal, _listed)


def spark_literal(text: str) -> str:
    """A string literal of Spark's SQL: a quote within it is escaped."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _delta_literal(text: str) -> str:
    """A string literal of the deltalake library's SQL: a quote within it is doubled."""
    return "'" + text.replace("'", "''") + "'"


def _condition(where: Slice, literal: Callable[[str], str], among: Callable[[str, Sequence[str]], str]) -> str:
    terms = []
    for column, values in where.items():
        listed = [values] if isinstance(values, str) else list(values)
        literals = [literal(value) for value in sorted(value for value in listed if value is not None)]
        term = among(f"`{column}`", literals) if literals else "false"
        terms.append(f"({term} OR `{column}` IS NULL)" if None in listed else term)
    return " AND ".join(terms) or "true"


def _listed(column: str, literals: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(literals)})"


def _searched(column: str, literals: Sequence[str]) -> str:
    """A condition that a column has one of these ascending values. Its bounds let Delta skip whole files."""
    if len(literals) <= COMPARED:
        return _listed(column, literals)
    return f"{column} >= {literals[0]} AND {column} <= {literals[-1]} AND {_halves(column, literals)}"


def _halves(column: str, literals: Sequence[str]) -> str:
    if len(literals) <= COMPARED:
        return _listed(column, literals)
    middle = len(literals) // 2
    lower, upper = _halves(column, literals[:middle]), _halves(column, literals[middle:])
    return f"CASE WHEN {column} < {literals[middle]} THEN {lower} ELSE {upper} END"
