"""The units of work that one stage passes on to the next, and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jobs.core.context import Context
from jobs.core.frames import of_shards
from jobs.core.stage_specs import samples_spec
from jobs.lake.ledger import Unit
from jobs.lake.slices import spark_condition
from jobs.lake.specs import Spec, digest
from jobs.settings.corpora import Corpus
from udfs.statuses import OK

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def sample_units(context: Context, corpus: Corpus) -> tuple[Unit, ...]:
    """The shards whose samples are read, as units: `work` is the number of rows, `samples` that of ok rows.

    The fingerprint changes if other samples were read.
    """
    spec = samples_spec(corpus).id
    return context.ledger.once(("samples", corpus.name, spec), lambda: _sample_units(context, corpus.name, spec))


def _sample_units(context: Context, corpus: str, spec: str) -> tuple[Unit, ...]:
    return tuple(
        Unit(
            shard,
            # The empty string is part of the fingerprints in existing lakes.
            result_digest(row, ""),
            work=row["samples"],
            bytes=row["bytes"],
            samples=row["statuses"].get(OK, 0),
        )
        for shard, row in sorted(context.ledger.done(corpus, "ingest", spec).items())
    )


def result_digest(row: Mapping[str, Any], *salt: Any) -> str:
    """A digest that changes with the result of a ledger's row: with its input, or if another attempt ended differently.

    A shard with known content keeps its digest under another name and time.
    """
    return digest([row["content"] or row["fingerprint"], row["statuses"], salt])[:24]


def unfinished(
    context: Context, corpus: str, stage: str, specs: Sequence[Spec], units: Sequence[Unit]
) -> tuple[Unit, ...]:
    """The units that are not done under all of these specs with their present input, in order."""
    left: set[Unit] = set()
    for spec in specs:
        left.update(context.ledger.pending(units, corpus, stage, spec.id))
    return tuple(unit for unit in units if unit in left)


def samples(context: Context, corpus: Corpus, wave: Sequence[Unit]) -> DataFrame:
    """The usable samples of a wave's shards."""
    return shard_rows(context, "samples", corpus, samples_spec(corpus), wave).where(f"status = '{OK}'")


def shard_rows(context: Context, table: str, corpus: Corpus, spec: Spec, wave: Sequence[Unit]) -> DataFrame:
    """The rows of a wave's shards in a table, under one spec."""
    rows = context.lake.read(table).where(spark_condition({"corpus": corpus.name, "spec": spec.id}))
    return of_shards(rows, [unit.shard for unit in wave])
