"""Shards that repeat the samples of shards that are no longer listed, for example after shards were merged or split.

The counts of shards that are gone are kept, so the samples of a repeating shard would be counted twice. Instead the
shard fails with the reason each time that it is read, until the others are forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.core.context import Context
from jobs.core.frames import of_shards
from jobs.core.stage_specs import samples_spec
from jobs.core.written import Written
from jobs.lake.slices import spark_condition
from jobs.settings.corpora import Corpus
from udfs.statuses import OK

# About so many samples, spread over a shard, are looked for. The shard is a repetition if at least this share is found.
# A merge of a fourth shard into three is still found; of captions from the web a few in a hundred occur elsewhere.
LOOKED_FOR = 100
SHARE = 0.2


def repetitions(
    context: Context, corpus: Corpus, written: Written, sizes: Mapping[str, int], gone: Sequence[str]
) -> dict[str, str]:
    """The reasons why shards must not be counted beside those in `gone`, by name.

    written: these shards' rows of the table samples. sizes: the number of rows of each shard.
    """
    if not gone:
        return {}
    where = {"corpus": corpus.name, "spec": samples_spec(corpus).id}
    stored = of_shards(context.lake.read("samples").where(spark_condition(where)), gone)
    asked = _marked(_spread(written.frame(), sizes))
    there = _marked(stored).join(F.broadcast(asked.select("mark").distinct()), "mark", "left_semi")
    origins = there.groupBy("mark").agg(F.min("shard").alias("origin"))
    found = asked.join(origins, "mark", "left").groupBy("shard")
    rows = found.agg(F.count("*").alias("asked"), F.count("origin").alias("found"), F.min("origin").alias("origin"))
    return {
        row["shard"]: _reason(row["found"], row["asked"], row["origin"])
        for row in rows.toArrow().to_pylist()
        if row["found"] >= SHARE * row["asked"]
    }


def _spread(rows: DataFrame, sizes: Mapping[str, int]) -> DataFrame:
    """About `LOOKED_FOR` rows of each shard, at equal distances."""
    steps = {"shard": list(sizes), "step": [max(1, size // LOOKED_FOR) for size in sizes.values()]}
    step = rows.sparkSession.createDataFrame(pa.table(steps))
    return rows.join(F.broadcast(step), "shard").where(F.col("ordinal") % F.col("step") == 0)


def _marked(rows: DataFrame) -> DataFrame:
    """Usable samples by `shard` and `mark`: equal for equal key, caption, address and size of the image.

    A number that only gives a sample's position is no key. A sample without any of these is left out.
    """
    key = F.nullif(F.col("sample"), F.col("ordinal").cast("string"))
    parts: list[Column] = [key, F.col("caption"), F.col("url"), F.col("image.length").cast("string")]
    told = rows.where((F.col("status") == OK) & F.coalesce(*parts).isNotNull())
    return told.select("shard", F.xxhash64(*(F.coalesce(part, F.lit("")) for part in parts)).alias("mark"))


def _reason(found: int, asked: int, origin: str) -> str:
    return (
        f"{found} of {asked} samples that were compared repeat shards that are no longer listed (such as {origin}) and "
        "whose counts are kept: run `conceptfreq forget CONFIG --vanished` to count this shard in their place, or put "
        "it into another corpus to count both"
    )
