"""The frequency of a word on no list, counted from the rows of the text stage without any model.

The word is looked up as it is written: a noun index holds lemmas (dog, not dogs). The whole index of a corpus is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec
from jobs.lake.slices import spark_condition
from jobs.results.answers import Frequency
from jobs.settings.corpora import Corpus
from udfs.statuses import USABLE
from udfs.text.modes import INDEX_OF
from udfs.text.nouns import key_of

TABLE, KEYS = "caption_terms", "keys"
WHY = "own, on no list"


def count_unlisted(context: Context, corpus: Corpus, concept: str) -> Frequency | None:
    """How many of a corpus's samples hold every word of `concept`; None if its index does not hold words as keys."""
    captions = context.settings.captions
    if captions is None or INDEX_OF[captions.match] == "text":
        return None
    words = sorted({key_of(word) for word in re.split(r"[ _]+", concept)} - {""})
    spec = captions_spec(context.settings, corpus, context.identities)
    done = context.ledger.done(corpus.name, "captions", spec.id)
    searched = sum(count for row in done.values() for status, count in row["statuses"].items() if status in USABLE)
    if not words or not searched:
        return None
    where = {"corpus": corpus.name, "spec": spec.id}
    if context.lake.without_spark:
        batches = context.lake.batches(TABLE, ["shard", KEYS], **where)
        found = sum(_holding(batch, words, done) for batch in batches)
    else:
        rows = context.lake.read(TABLE).where(spark_condition(where)).where(F.col("shard").isin(list(done)))
        for word in words:
            rows = rows.where(F.array_contains(KEYS, word))
        found = rows.count()
    return Frequency(corpus.name, "text", None, concept, found, None, searched, WHY)


def _holding(batch: pa.RecordBatch, words: list[str], shards: Collection[str]) -> int:
    """How many rows of a batch hold every word; only rows of done shards count."""
    keys = batch.column(KEYS)
    row_of, key = pc.list_parent_indices(keys), pc.list_flatten(keys)
    held = pc.is_in(batch.column("shard"), pa.array(shards, pa.string())).to_numpy(zero_copy_only=False)
    for word in words:
        has_word = np.zeros(batch.num_rows, bool)
        has_word[row_of.filter(pc.equal(key, word))] = True
        held = held & has_word
    return int(held.sum())
