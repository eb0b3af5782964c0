"""The content of shards, regardless of their names and times, if it can be told cheaply (`udfs.shards.contents`)."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from jobs.core import packing
from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.lake.ledger import Unit
from jobs.settings.corpora import Corpus
from udfs.schemas import CONTENTS
from udfs.shards.contents import WHOLE, ContentTask
from udfs.shards.registry import READERS

# The driver looks up the content of so many shards by itself: 64 local files take half a second, as does a Spark job.
HERE = 64


def contents(context: Context, corpus: Corpus, units: Sequence[Unit]) -> dict[str, str]:
    """The content of each of these listed shards, by name; shards with unknown content are left out.

    The part of a shard's name that readers use belongs to the content: a folder's name is the class, and a file's
    ending tells its format. The fingerprint of a folder covers its files' names, sizes and times.
    """
    if READERS[corpus.format].shards_are_folders:
        return {unit.shard: f"files:{unit.fingerprint} {posixpath.basename(unit.shard)}" for unit in units}
    task = ContentTask(context.listings.of(corpus).root)
    if len(units) <= HERE:
        found = next(task(iter([pa.record_batch({"shard": [unit.shard for unit in units]})]))).to_pylist()
    else:
        opened = [replace(unit, work=packing.work(min(unit.bytes or 0, WHOLE))) for unit in units]
        rows = packing.packed(context.lake.spark, opened).mapInArrow(task, spark_schema(CONTENTS))
        found = rows.toArrow().to_pylist()
    return {row["shard"]: f"{row['content']} {_ending(row['shard'])}" for row in found if row["content"]}


def _ending(shard: str) -> str:
    return posixpath.splitext(shard.lower().removesuffix(".gz"))[1]
