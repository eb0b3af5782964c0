"""What shards hold, whatever their names and times, as far as that can be told cheaply (`udfs.shards.contents`)."""

from __future__ import annotations

import posixpath
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

    What readers take from a shard's name is part of it: from a folder's the class, from a file's how it ends. The
    fingerprint of a folder has its files' names, sizes and times.
    """
    if READERS[corpus.format].shards_are_folders:
        return {unit.shard: f"files:{unit.fingerprint} {posixpath.basename(unit.shard)}" for unit in units}
    opened = [replace(unit, work=packing.work(min(unit.bytes or 0, WHOLE))) for unit in units]
    task = ContentTask(context.listings.of(corpus).root)
    found = packing.packed(context.lake.spark, opened).mapInArrow(task, spark_schema(CONTENTS)).toArrow().to_pylist()
    return {row["shard"]: f"{row['content']} {_ending(row['shard'])}" for row in found if row["content"]}


def _ending(shard: str) -> str:
    return posixpath.splitext(shard.lower().removesuffix(".gz"))[1]
