"""Lakes made without Spark: the stages' own tasks and ledger, the rows written by the deltalake library."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from jobs.concepts.tagger_labels import tagger_labels
from jobs.core.context import Context
from jobs.core.listing import list_shards, make_reader
from jobs.core.sections import images_section
from jobs.estimation.measure import phases
from jobs.lake import specs
from jobs.lake.lake import Lake
from jobs.lake.ledger import SCHEMA, Outcome
from jobs.lake.small_tables import VERSION_PROPERTY
from jobs.lake.tables import SCHEMA_VERSION, TABLES
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages import captions, images
from jobs.stages.registry import plans
from udfs.schemas import FEATURES, SAMPLES, TERMS
from udfs.shards.task import IngestTask

WHERE = [("corpus", pa.string()), ("spec", pa.string())]
SPECS = pa.schema(
    [("spec", pa.string()), ("stage", pa.string()), ("body", pa.string()), ("created", pa.timestamp("us", "UTC"))]
)
SCHEMAS = {
    "shards": SCHEMA,
    "specs": SPECS,
    "samples": pa.schema([*SAMPLES, *WHERE]),
    "caption_terms": pa.schema([*TERMS, *WHERE]),
    "image_features": pa.schema([*FEATURES, *WHERE]),
}


def finish(settings: Settings, stages: Sequence[str] = ("ingest", "captions", "images"), shards: int = 10**6) -> Lake:
    """Work the first `shards` shards of the settings' corpora through `stages`; the lake, opened for looking only."""
    for name, schema in SCHEMAS.items():
        if not (Path(settings.lake) / name).exists():
            create(settings.lake, name, schema)
    lake = Lake(None, settings.lake)
    context = Context(settings, lake)
    for corpus in settings.corpora:
        for stage in stages:
            _work_through(context, corpus, stage, shards)
    return lake


def rewrite(settings: Settings, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Put other rows in the place of all of a table's."""
    lake = Lake(None, settings.lake)
    lake.replace_rows(table, {}, rows)


def create(location: str, name: str, schema: pa.Schema) -> None:
    """Make an empty table of a lake in a folder, partitioned as the lake's own, with these columns."""
    write_deltalake(f"{location}/{name}", schema.empty_table(), partition_by=list(TABLES[name].partitioned_by))
    # The library refuses properties that it does not know.
    log = Path(location) / name / "_delta_log" / "00000000000000000000.json"
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    for entry in entries:
        if "metaData" in entry:
            entry["metaData"]["configuration"] = {VERSION_PROPERTY: str(SCHEMA_VERSION)}
    log.write_text("\n".join(map(json.dumps, entries)) + "\n")


def _work_through(context: Context, corpus: Corpus, stage: str, shards: int) -> None:
    plan = plans(context, corpus, [stage])[stage]
    spec = plan.specs[0]
    specs.record(context.lake, spec)
    outcomes = {}
    for unit in plan.pending[:shards]:
        batches = list(_batches(context, corpus, stage, unit.shard))
        rows = [row | {"corpus": corpus.name, "spec": spec.id} for batch in batches for row in _rows(batch)]
        where = {"corpus": corpus.name, "spec": spec.id, "shard": unit.shard}
        context.lake.replace_rows(plan.table, where, rows)
        statuses = Counter(row["status"] for row in rows)
        outcomes[unit] = Outcome(len(rows), dict(statuses), dict(phases(batches)))
    context.ledger.write(corpus.name, stage, [spec.id], outcomes, "by hand")


def _rows(batch: pa.RecordBatch) -> list[dict[str, object]]:
    return batch.to_pylist(maps_as_pydicts="strict")


def _batches(context: Context, corpus: Corpus, stage: str, shard: str) -> Iterator[pa.RecordBatch]:
    root = list_shards(corpus).root
    if stage == "ingest":
        return IngestTask(make_reader(corpus), root).read(shard)
    rows = context.lake.rows("samples", corpus=corpus.name, shard=shard, status="ok")
    rows.sort(key=lambda row: row["ordinal"])
    batch = pa.RecordBatch.from_pylist(rows, SAMPLES)
    if stage == "captions":
        assert context.settings.captions
        return captions.make_task(context.settings.captions)(iter([batch]))
    section = images_section(context.settings)
    return images.make_task(section, corpus, root, tagger_labels(section, context.settings))(iter([batch]))
