"""Shards to samples: what was read, one row a thing, whatever became of it. Images stay in their shards."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core import ledger, packing
from jobs.core.context import Context
from jobs.core.errors import StageFailed
from jobs.core.frames import spark_schema
from jobs.core.ledger import Outcome, Unit
from jobs.core.lineage import samples_spec
from jobs.core.listing import make_reader
from jobs.core.settings import Corpus
from jobs.core.waves import Plan, count_statuses
from udfs.schemas import SAMPLES
from udfs.shards.task import IngestTask
from udfs.statuses import BAD_SHARD, FETCH_ERROR

STAGE = "ingest"
# Bytes; the waves after it are sized by its rate.
FIRST_WAVE = 2 * 2**30


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards that are listed, less those that are done: straight from the files."""
    listing = context.listings.of(corpus)
    wanted = listing.shards[: context.max_shards]
    units = tuple(Unit(shard.name, shard.fingerprint, packing.work(shard.bytes), shard.bytes) for shard in wanted)
    spec = samples_spec(corpus)

    def build(wave: Sequence[Unit]) -> DataFrame:
        task = IngestTask(make_reader(corpus), listing.root)
        return packing.packed(context.lake.spark, wave).mapInArrow(task, spark_schema(SAMPLES))

    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="samples",
        specs=(spec,),
        planned=units,
        pending=tuple(ledger.pending(units, context.ledger.done(corpus.name, STAGE, spec.id))),
        build=build,
        verify=_verify,
        first_wave=FIRST_WAVE,
    )


def _verify(wave: Sequence[Unit], written: DataFrame) -> dict[Unit, Outcome]:
    """Outcomes of a wave. A shard that could not be fetched has failed, so that the next run tries it again."""
    outcomes = count_statuses(wave, written)
    if not any(FETCH_ERROR in outcome.statuses for outcome in outcomes.values()):
        return outcomes
    unread = written.where(F.col("status") == FETCH_ERROR).select("shard", "detail").toArrow().to_pylist()
    failures = {row["shard"]: Outcome(failure=f"cannot be read: {row['detail']}") for row in unread}
    return {unit: failures.get(unit.shard, outcome) for unit, outcome in outcomes.items()}


def vanished(context: Context, corpus: Corpus) -> list[str]:
    """Shards that were read once and are no longer listed: their counts are kept, and it is said."""
    listed = {shard.name for shard in context.listings.of(corpus).shards}
    return sorted(set(context.ledger.done(corpus.name, STAGE, samples_spec(corpus).id)) - listed)


def refuse_unreadable(context: Context, corpus: Corpus) -> None:
    """Raise StageFailed where every shard of a corpus is bad, and for one and the same reason: that is no bad data.

    Shards are done all the same: with the corpus as it is, nothing else would come out of them.
    """
    spec = samples_spec(corpus).id
    done = context.ledger.done(corpus.name, STAGE, spec)
    if not done or any(set(row["statuses"]) != {BAD_SHARD} for row in done.values()):
        return
    rows = context.lake.rows("samples", ["detail"], corpus=corpus.name, spec=spec, status=BAD_SHARD)
    reasons = {row["detail"] for row in rows}
    if len(reasons) == 1:
        raise StageFailed(
            f"ingest, corpus {corpus.name}: none of its {len(done)} shards can be read, all for one reason: "
            f"{reasons.pop()}; correct its format or options, and run with --new-spec"
        )
