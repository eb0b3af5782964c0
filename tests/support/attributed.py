"""Indexes the samples of a lake by attributes without Spark: the stage's own plan and task, rows by the library."""

from __future__ import annotations

import pyarrow as pa

from jobs.core.context import Context
from jobs.core.stage_specs import samples_spec
from jobs.lake.lake import Lake
from jobs.lake.ledger import Outcome
from jobs.settings.settings import Settings
from jobs.stages.attributes import STAGE, plan
from udfs.attributes.names import Attribute
from udfs.attributes.reading import COLUMNS, AttributeKeys
from udfs.postings.inverting import InvertTask
from udfs.schemas import POSTINGS


def index_attributes(settings: Settings) -> None:
    """Do what the stage does for all that is pending."""
    context = Context(settings, Lake(None, settings.lake))
    for corpus in settings.corpora:
        planned = plan(context, corpus)
        if planned.pending:
            context.record_run()
        for spec in planned.due:
            attribute: Attribute = spec.stage.removeprefix("attribute-")  # type: ignore[assignment]
            where = {"corpus": corpus.name, "spec": samples_spec(corpus).id}
            shards = [unit.shard for unit in planned.pending]
            columns = ("shard", "ordinal", "status", *COLUMNS[attribute])
            batches = context.lake.batches("samples", columns, **where, shard=shards)
            rows = pa.Table.from_batches(InvertTask(AttributeKeys(attribute))(batches), POSTINGS)
            for name, value in (("corpus", corpus.name), ("spec", spec.id)):
                rows = rows.append_column(name, pa.repeat(value, len(rows)))
            context.lake.append_arrow("postings", rows.select([*_names(context.lake)]))
            outcomes = {unit: Outcome(unit.samples or 0, {"ok": unit.samples or 0}) for unit in planned.pending}
            context.ledger.write(corpus.name, STAGE, [spec.id], outcomes, context.run)
    context.record_identities()


def _names(lake: Lake) -> list[str]:
    return lake.table("postings", None, shard="").column_names
