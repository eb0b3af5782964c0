"""Queries as columns of an Arrow table: a list of 500,000 is handled without a loop over its concepts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyarrow as pa

from udfs.text.queries import Query

# One row per concept; the columns are the fields of a query.
QUERIES: Final = pa.schema(
    [("concept", pa.string()), ("terms", pa.list_(pa.list_(pa.string()))), ("unanswerable", pa.string())]
)


def as_columns(queries: Iterable[Query]) -> pa.Table:
    """The queries as a table of QUERIES, in their order."""
    kept = list(queries)
    columns = [[getattr(query, name) for query in kept] for name in QUERIES.names]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, QUERIES, strict=True)], QUERIES)


def as_queries(columns: pa.Table) -> list[Query]:
    """The queries of a table of QUERIES, in its order."""
    rows = zip(*(columns[name].to_pylist() for name in QUERIES.names), strict=True)
    return [Query(concept, tuple(map(tuple, terms)), reason) for concept, terms, reason in rows]
