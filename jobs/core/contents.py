"""What shards hold, whatever their names and times, as far as that can be told cheaply (`udfs.shards.contents`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jobs.core import packing
from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.lake.ledger import Unit
from jobs.settings.corpora import Corpus
from udfs.schemas import CONTENTS
from udfs.shards.contents import WHOLE, ContentTask
from udfs.shards.registry import READERS


def contents(context: Context, corpus: Corpus, units: Sequence[Unit]) -> dict[str, str]:
    """The content of each of these listed shards of which it is known, by name; it takes one job of Spark.

    A folder's fingerprint has its files' names, sizes and times, and not its own name.
    """
    if READERS[corpus.format].shards_are_folders:
        return {unit.shard: f"files:{unit.fingerprint}" for unit in units}
    opened = [replace(unit, work=packing.work(min(unit.bytes or 0, WHOLE))) for unit in units]
    task = ContentTask(context.listings.of(corpus).root)
    found = packing.packed(context.lake.spark, opened).mapInArrow(task, spark_schema(CONTENTS)).toArrow().to_pylist()
    return {row["shard"]: row["content"] for row in found if row["content"]}
