"""Which rows of a table: columns and the values that they may have, written as SQL for whoever evaluates it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

# Column -> its value, or the values it may have. An empty slice is the whole table.
Slice = Mapping[str, str | Iterable[str]]
# Values that are compared one after the other.
COMPARED = 16


def spark_condition(where: Slice) -> str:
    """The slice in Spark's SQL, for rows that are read."""
    return _condition(where, spark_literal, _listed)


def spark_replace_condition(where: Slice) -> str:
    """The slice in Spark's SQL, for rows that take its place.

    Delta looks whether each row that it writes is of the slice, and Spark compares with all values of an IN one after
    the other then: 800 shards took more time than all else. A search for the value takes a tenth of that.
    """
    return _condition(where, spark_literal, _searched)


def delta_condition(where: Slice) -> str:
    """The slice in the deltalake library's SQL."""
    return _condition(where, _delta_literal, _listed)


def spark_literal(text: str) -> str:
    """A string in Spark's SQL: a quote within it is escaped."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _delta_literal(text: str) -> str:
    """A quote within a literal is doubled."""
    return "'" + text.replace("'", "''") + "'"


def _condition(where: Slice, literal: Callable[[str], str], among: Callable[[str, Sequence[str]], str]) -> str:
    terms = []
    for column, values in where.items():
        literals = [literal(value) for value in ([values] if isinstance(values, str) else sorted(values))]
        terms.append(among(f"`{column}`", literals) if literals else "false")
    return " AND ".join(terms) or "true"


def _listed(column: str, literals: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(literals)})"


def _searched(column: str, literals: Sequence[str]) -> str:
    """Whether a column has one of these values, in ascending order. The bounds let whole files be left out."""
    if len(literals) <= COMPARED:
        return _listed(column, literals)
    return f"{column} >= {literals[0]} AND {column} <= {literals[-1]} AND {_halves(column, literals)}"


def _halves(column: str, literals: Sequence[str]) -> str:
    if len(literals) <= COMPARED:
        return _listed(column, literals)
    middle = len(literals) // 2
    lower, upper = _halves(column, literals[:middle]), _halves(column, literals[middle:])
    return f"CASE WHEN {column} < {literals[middle]} THEN {lower} ELSE {upper} END"
