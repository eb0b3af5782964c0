"""The frequency of words on no list, from the postings of captions, without any model.

A word is looked up as it is written: a noun index holds lemmas (dog, not dogs).
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec, index_specs
from jobs.results.answers import Frequency
from jobs.settings.corpora import Corpus
from udfs.counting.arrays import RaggedArray
from udfs.counting.codebooks import Codebook
from udfs.counting.found import InPostings
from udfs.counting.laid_out import LaidOut
from udfs.statuses import USABLE
from udfs.text.nouns import key_of

TABLE = "postings"
WHY = "own, on no list"


def count_unlisted(context: Context, corpus: Corpus, concept: str) -> Frequency | None:
    """How many of a corpus's samples hold every word of `concept`; None if its captions have no postings."""
    settings = context.settings
    if "text" not in settings.indexed:
        return None
    spec = index_specs(settings, corpus, context.identities)["text"]
    shards = context.ledger.done(corpus.name, "index", spec.id)
    captions = context.ledger.done(corpus.name, "captions", captions_spec(settings, corpus, context.identities).id)
    statuses = [captions[shard]["statuses"] for shard in shards if shard in captions]
    searched = sum(count for one in statuses for status, count in one.items() if status in USABLE)
    words = words_of(concept, keeps_case=settings.captions is not None and settings.captions.keeps_case)
    if not words or not searched:
        return None
    columns = ["key", "shard", "samples"] if len(words) == 1 else ["key", "shard", "ordinals"]
    rows = context.lake.table(TABLE, columns, corpus=corpus.name, spec=spec.id, key=words)
    rows = rows.filter(pc.field("shard").isin(pa.array(shards, pa.string())))
    found = pc.sum(rows["samples"]).as_py() or 0 if len(words) == 1 else _common(rows, words)
    return Frequency(corpus.name, "text", None, concept, found, None, searched, WHY)


def words_of(concept: str, keeps_case: bool) -> list[str]:
    """The keys that a concept's words would have in postings, sorted."""
    keys = {key_of(word) for word in re.split(r"[ _]+", concept)} - {""}
    return sorted(keys if keeps_case else {key.lower() for key in keys})


def _common(rows: pa.Table, words: list[str]) -> int:
    """The number of samples that hold all words."""
    numbers = {word: [number] for number, word in enumerate(words)}
    laid_out = LaidOut.of(InPostings("text", Codebook.of(numbers))(iter(rows.to_batches())))
    held = laid_out.held("text", len(words)).concepts
    return len(held.intersections(RaggedArray.of([range(len(words))])).codes)
