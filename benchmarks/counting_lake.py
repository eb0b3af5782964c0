"""A lake with stored terms and no samples behind them: what the stage `count` finds after `ingest` and `captions`.

Corpus `drawn` has the terms, corpus `small` one shard of 100 samples: counting it takes what any count takes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.drawn_terms import SHARD, shard_name
from jobs.core.context import Context
from jobs.core.session import get_session
from jobs.core.stage_specs import captions_spec, samples_spec
from jobs.core.units import sample_units
from jobs.lake.lake import Lake
from jobs.lake.ledger import Outcome, Unit
from jobs.settings.settings import Settings

# Rows of one commit: the captions stage finds the nouns of about so many captions in a wave of two minutes.
WAVE = 1_000_000
SMALL = 100
MEMORY = "512m"
# The ledger as it was made; a lake that has it is whole.
MADE = "shards.made"


def settings(lake: Path, concepts: Path, cores: int) -> Settings:
    """A text-only run over both corpora; no shard is opened by counting, so none has to be there."""
    corpora = [{"name": name, "format": "webdataset", "path": "no-shards"} for name in ("small", "drawn")]
    given: dict[str, Any] = {
        "name": "counting",
        "lake": str(lake),
        "corpora": corpora,
        "concepts": [{"name": "listed", "file": str(concepts)}],
        "captions": {"match": "strict"},
        "spark": {"master": f"local[{cores}]", "driver_memory": MEMORY},
    }
    return Settings.model_validate(given)


def restore(lake: Path) -> None:
    """Forget what was indexed and counted."""
    for name in ("concepts", "postings", "shard_counts", "concept_counts", "leases", "runs", "shards"):
        shutil.rmtree(lake / name, ignore_errors=True)
    shutil.copytree(lake / MADE, lake / "shards")


def make(run: Settings, terms: Iterator[pa.Table], staging: Path) -> None:
    """Write the terms as the captions stage does, wave by wave, and the ledger of both stages."""
    spark = get_session(run.spark)
    context = Context(run, Lake(spark, run.lake))
    sizes: list[int] = []
    for wave in _waves(terms):
        if not sizes:
            write_terms(context, "small", wave.slice(0, SMALL), [shard_name(0)], staging)
            ledger_rows(context, "small", [SMALL])
        shards = [shard_name(len(sizes) + place) for place in range(-(-wave.num_rows // SHARD))]
        write_terms(context, "drawn", wave, shards, staging)
        sizes += [min(SHARD, wave.num_rows - SHARD * place) for place in range(len(shards))]
    ledger_rows(context, "drawn", sizes)
    spark.stop()
    shutil.copytree(Path(run.lake) / "shards", Path(run.lake) / MADE)


def write_terms(context: Context, corpus: str, rows: pa.Table, shards: list[str], staging: Path) -> None:
    """Rows of these shards as a commit of the captions stage, from a file as it stages them."""
    path = staging / "wave.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, path, row_group_size=4_096)
    spec = captions_spec(context.settings, context.settings.corpus(corpus), context.identities)
    frame = context.lake.spark.read.parquet(str(path)).selectExpr(
        "*",
        f"'{corpus}' AS corpus",
        f"'{spec.id}' AS spec",
        "CAST(NULL AS STRING) AS detail",
        "transform(keys, (key, place) -> CAST(2 * place AS INT)) AS positions",
        "CAST(NULL AS MAP<STRING, FLOAT>) AS seconds",
    )
    context.lake.replace("caption_terms", {"corpus": corpus, "spec": spec.id, "shard": shards}, frame)


def ledger_rows(context: Context, name: str, sizes: list[int]) -> None:
    """Say that shards of these sizes are read, and their nouns found."""
    corpus = context.settings.corpus(name)
    read = {
        Unit(shard_name(number), f"fingerprint {number}", size, size, size): Outcome(size, {"ok": size})
        for number, size in enumerate(sizes)
    }
    context.ledger.write(name, "ingest", [samples_spec(corpus).id], read, context.run)
    found = {unit: Outcome(unit.work, {"ok": unit.work}) for unit in sample_units(context, corpus)}
    context.ledger.write(
        name, "captions", [captions_spec(context.settings, corpus, context.identities).id], found, context.run
    )


def only(run: Settings, corpus: str) -> Settings:
    """The same settings for one of the corpora."""
    return run.model_copy(update={"corpora": [run.corpus(corpus)]})


def _waves(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    kept: list[pa.Table] = []
    for table in tables:
        kept.append(table)
        if sum(one.num_rows for one in kept) >= WAVE:
            yield pa.concat_tables(kept)
            kept = []
    if kept:
        yield pa.concat_tables(kept)
