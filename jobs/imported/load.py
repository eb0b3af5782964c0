"""Writes a file's scores into the table of evaluations; scores of the same set, model and metric are replaced.

New specs are written first, then rows, and specs without rows are deleted last, so that rows always have their spec.
Rows are compared with the stored ones, and only those that differ are written. A killed import leaves each metric of a
set either old or new, and ends right when it is started again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.context import Context
from jobs.core.importing import arrow_schema, sole_import
from jobs.imported.row_files import RowFile
from jobs.imported.scores import MetricMeaning, ScoreSheet
from jobs.lake.lake import Lake
from jobs.lake.specs import Spec, record_all, recorded
from jobs.lake.tables import EVALUATIONS

STAGE: Final = "scores"
# Raise it with every change of this package's code that can change a row.
VERSION: Final = 1
WRITTEN: Final = ("evaluations", "specs", "runs", "leases")

KEY: Final = ("set", "metric", "model", "concept")
SCHEMA: Final = arrow_schema(EVALUATIONS)


@dataclass(frozen=True)
class ScoreBatch:
    """The scores of one metric on one set, of some models; `spec` names their file and says what the metric is."""

    set: str
    metric: str
    spec: Spec
    models: frozenset[str]
    rows: pa.Table


def score_batches(file: RowFile, scores: ScoreSheet) -> list[ScoreBatch]:
    """The batches of a file's scores, by set and metric."""
    origin = {"source": "imported", "kind": "scores", "file": file.name, "sha256": file.sha256, "version": VERSION}
    found = []
    for (of_set, metric), values in sorted(scores.values.items()):
        meaning = scores.metrics[metric]
        spec = Spec(STAGE, {**origin, "set": of_set, "metric": metric, **vars(meaning)})
        models = frozenset(model for model, _ in values)
        found.append(ScoreBatch(of_set, metric, spec, models, _table(of_set, metric, spec, meaning, values)))
    return found


def imported_specs(lake: Lake) -> dict[str, dict[str, Any]]:
    """The specs of imported scores, each with its body."""
    return recorded(lake, STAGE)


def load_scores(context: Context, batches: Sequence[ScoreBatch]) -> bool:
    """Make the table hold these batches; returns whether anything had to be written.

    Raises LeaseHeld if another import works on the lake.
    """
    if _Stored(context.lake).holds_all(batches):
        return False
    with sole_import(context, STAGE, WRITTEN):
        # Another import may have ended since the first comparison.
        stored = _Stored(context.lake)
        new = [batch for batch in batches if not stored.holds(batch)]
        record_all(context.lake, [batch.spec for batch in new])
        for together in _in_one_commit(new):
            _replace(context.lake, together, stored)
        _forget_unused(context.lake)
    return True


class _Stored:
    """The imported scores that a lake holds."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.specs = imported_specs(lake)

    @cached_property
    def rows(self) -> Mapping[tuple[str, str], pa.Table]:
        """The rows of imported scores by set and metric, in the order of KEY."""
        rows = _in_order(self.lake.table("evaluations", SCHEMA.names, spec=sorted(self.specs)).cast(SCHEMA))
        # Without threads, groups come in the order of the rows.
        sizes = rows.group_by(["set", "metric"], use_threads=False).aggregate([([], "count_all")]).to_pylist()
        starts = accumulate((one["count_all"] for one in sizes), initial=0)
        return {
            (one["set"], one["metric"]): rows.slice(at, one["count_all"])
            for one, at in zip(sizes, starts, strict=False)
        }

    def holds(self, batch: ScoreBatch) -> bool:
        """Whether the rows of its set, metric and models are those of the batch."""
        there = self.rows.get((batch.set, batch.metric))
        if there is None or batch.spec.id not in self.specs:
            return False
        there = there.filter(pc.is_in(there["model"], pa.array(sorted(batch.models))))
        return bool(there.combine_chunks().equals(batch.rows.combine_chunks()))

    def holds_all(self, batches: Iterable[ScoreBatch]) -> bool:
        """Whether nothing has to be written: not even a spec without rows has to be deleted."""
        return all(map(self.holds, batches)) and not unused_specs(self.lake)


def unused_specs(lake: Lake) -> set[str]:
    """The specs of imported scores under which no row is left."""
    return imported_specs(lake).keys() - {spec for (spec,) in lake.distinct("evaluations", "spec")}


def _in_one_commit(batches: Iterable[ScoreBatch]) -> list[list[ScoreBatch]]:
    """Batches of one metric and the same models: their rows are a slice of the table."""
    groups: dict[tuple[str, frozenset[str]], list[ScoreBatch]] = {}
    for batch in batches:
        groups.setdefault((batch.metric, batch.models), []).append(batch)
    return list(groups.values())


def _replace(lake: Lake, batches: Sequence[ScoreBatch], stored: _Stored) -> None:
    sets, metric, models = {batch.set for batch in batches}, batches[0].metric, batches[0].models
    earlier = {spec for spec, body in stored.specs.items() if body["set"] in sets and body["metric"] == metric}
    specs = earlier | {batch.spec.id for batch in batches}
    where = {"set": sorted(sets), "metric": metric, "model": sorted(models), "spec": sorted(specs)}
    lake.replace_arrow("evaluations", where, pa.concat_tables(batch.rows for batch in batches))


def _forget_unused(lake: Lake) -> None:
    if unused := unused_specs(lake):
        lake.replace_rows("specs", {"spec": sorted(unused)}, [])


def _table(
    of_set: str,
    metric: str,
    spec: Spec,
    meaning: MetricMeaning,
    values: Mapping[tuple[str, str], tuple[float, int | None]],
) -> pa.Table:
    """The rows of a batch, in the order of KEY and with the table's columns."""
    common = {"set": of_set, "metric": metric, "prompt": "", "unit": meaning.unit, "spec": spec.id}
    own = {
        "model": [model for model, _ in values],
        "concept": [concept for _, concept in values],
        "value": [value for value, _ in values.values()],
        "samples": [samples for _, samples in values.values()],
    }
    columns = {name: own[name] if name in own else [common.get(name)] * len(values) for name in SCHEMA.names}
    return _in_order(pa.table(columns, SCHEMA))


def _in_order(rows: pa.Table) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in KEY])
