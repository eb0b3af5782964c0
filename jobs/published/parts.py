"""Turns the contents of files into rows of the tables, in parts; each part has one spec.

The counts of one corpus, search, method and threshold over all sets are a part, and so is each file of evaluations. A
part is replaced as a whole, except that counts of sets that were not read stay (see `jobs.published.load`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from jobs.core.importing import arrow_schema
from jobs.lake.lake import Lake
from jobs.lake.specs import Spec, recorded
from jobs.lake.tables import CONCEPT_COUNTS, EVALUATIONS
from jobs.published.contents import Content
from jobs.published.documents import MisalignmentTotals, ModelScore
from jobs.published.filenames import CountFile, EvaluationFile, MisalignmentFile
from jobs.published.layout import ReleaseLayout

STAGE = "published"
# Raise it with every change of this package's code that can change a row.
VERSION = 1
TABLES = {table.name: table for table in (CONCEPT_COUNTS, EVALUATIONS)}
# The keys that identify a part; the rest of a spec's body shows whether its content has changed.
IDENTITY = ("kind", "corpus", "search", "method", "threshold", "set", "prompt", "metric")

_COUNT_COLUMNS = pa.schema(
    [("concept", pa.string()), ("list", pa.string()), ("measure", pa.string()), ("frequency", pa.int64())]
)
_SCORE_COLUMNS = pa.schema(
    [("concept", pa.string()), ("model", pa.string()), ("value", pa.float64()), ("samples", pa.int64())]
)


@dataclass(frozen=True)
class Part:
    """Rows of `table`: `columns` holds values that differ between rows, `common` those of every row but the spec."""

    table: str
    body: Mapping[str, Any]
    common: Mapping[str, Any]
    columns: pa.Table
    sets_read: frozenset[str] = frozenset()
    """For counts: the sets whose files were read, including files that held nothing usable."""

    @cached_property
    def spec(self) -> Spec:
        """The spec of all rows."""
        return Spec(STAGE, self.body)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.columns.num_rows)

    def complete(self) -> pa.Table:
        """The rows with every column of the table; columns that the part lacks are null."""
        values = {**self.common, "spec": self.spec.id}
        return pa.table(
            {
                column.name: self.columns[column.name]
                if column.name in self.columns.column_names
                else pa.repeat(pa.scalar(values.get(column.name), column.type), self.rows)
                for column in arrow_schema(TABLES[self.table])
            }
        )


def published_specs(lake: Lake) -> dict[str, dict[str, Any]]:
    """The specs that imports left in a lake, each with its body."""
    return recorded(lake, STAGE)


def no_rows(table: str) -> pa.Table:
    """The rows of no part: a table without rows."""
    return arrow_schema(TABLES[table]).empty_table()


def identity(body: Mapping[str, Any]) -> tuple[Any, ...]:
    """The identity of the part that a spec's body describes, independent of its content."""
    return tuple(body.get(key) for key in IDENTITY)


def make_parts(contents: Sequence[Content], layout: ReleaseLayout) -> list[Part]:
    """All parts, including those without rows: these replace rows of an earlier import too."""
    counted: dict[tuple[str, str, str | None, float | None], list[Content]] = {}
    parts = []
    for content in contents:
        means = content.means
        if isinstance(means, CountFile):
            counted.setdefault((means.corpus, means.search, means.method, means.threshold), []).append(content)
        elif isinstance(means, EvaluationFile):
            parts.append(_evaluations(content, means))
        else:
            parts.append(_misalignment(content, means, layout))
    return [*(_counts(*key, files) for key, files in counted.items()), *parts]


def _counts(corpus: str, search: str, method: str | None, threshold: float | None, files: Sequence[Content]) -> Part:
    shared = {"corpus": corpus, "search": search, "threshold": threshold}
    used = [content for content in files if content.values]
    body = _body("search_counts", **shared, method=method, files={_set(content): _origin(content) for content in used})
    rows = [
        (concept, _set(content), "concept", frequency)
        for content in used
        if isinstance(content.values, dict)
        for concept, frequency in content.values.items()
    ]
    common = {**shared, "shards": 0}
    return Part("concept_counts", body, common, _table(rows, _COUNT_COLUMNS), frozenset(map(_set, files)))


def _evaluations(content: Content, means: EvaluationFile) -> Part:
    scores = content.values if isinstance(content.values, list) else []
    shared = {"set": means.set, "prompt": means.prompt, "metric": means.metric, "unit": _unit(means, scores)}
    rows = [(score.concept, score.model, score.value, score.samples) for score in scores]
    body = _body(means.kind, **shared, **_origin(content))
    return Part("evaluations", body, shared, _table(rows, _SCORE_COLUMNS))


def _misalignment(content: Content, means: MisalignmentFile, layout: ReleaseLayout) -> Part:
    shared = {"corpus": means.corpus, "threshold": layout.misalignment.threshold}
    totals = content.values if isinstance(content.values, MisalignmentTotals) else MisalignmentTotals()
    measures = {"misaligned": totals.misaligned, "found": totals.found, "samples": totals.samples}
    rows = [(None, None, measure, value) for measure, value in measures.items() if value is not None]
    body = _body("misalignment", **shared, **_origin(content))
    return Part("concept_counts", body, {**shared, "search": "integrated", "shards": 0}, _table(rows, _COUNT_COLUMNS))


def _unit(means: EvaluationFile, scores: Sequence[ModelScore]) -> str:
    """The unit of the values, which are kept as published: percent for zero-shot accuracies, and if any is above 1."""
    if means.kind == "t2i":
        return "score"
    values = [score.value for score in scores if score.value is not None]
    return "share" if means.kind == "retrieval" and max(values, default=0) <= 1 else "percent"


def _body(kind: str, **more: Any) -> dict[str, Any]:
    return {"source": "published", "kind": kind, **more}


def _origin(content: Content) -> dict[str, Any]:
    """The origin of one file, with the version: the sets of a part may come from imports by different releases."""
    return {"file": content.file.name, "sha256": content.sha256, "version": VERSION}


def _set(content: Content) -> str:
    assert isinstance(content.means, CountFile)
    return content.means.set


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
