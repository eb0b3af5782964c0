"""The nouns of captions and the tags of images that stand beside a name in a corpus, from postings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.analysis.association import associate
from jobs.concepts.asking import Inquiry
from jobs.core.context import Context
from jobs.core.stage_specs import index_specs
from jobs.core.stretches import Stored
from jobs.settings.corpora import Corpus
from udfs.counting.beside import MOST_KEYS, NOUN, TAG
from udfs.counting.found import FOUND, InKeys
from udfs.stretch_task import Source

# A key in fewer samples of the name is left out, as in `cooccur` (Church and Hanks 1990).
LEAST: Final = 6
# Above this G², chance has a probability below 0.001 (chi-squared with one degree of freedom).
SURE: Final = 10.83
KINDS: Final = {"text": NOUN, "image": TAG}


def stored_keys(context: Context, corpus: Corpus, only: Collection[str] | None) -> Iterator[Stored]:
    """The postings of the corpus by their keys, of all keys or only of some."""
    for search, spec in index_specs(context.settings, corpus, context.identities).items():
        source = Source(("key", "shard", "ordinals", "scores"), InKeys(KINDS[search], only), FOUND)
        yield Stored("postings", {"corpus": corpus.name, "spec": spec.id}, source)


def own_keys(asked: Inquiry) -> set[str]:
    """The keys by which captions and images are asked for the name itself."""
    assert asked.queries is not None
    terms = asked.queries["terms"].to_pylist()
    return {key for query in terms for term in query for key in term}.union(asked.labels or {})


def surest(counted: pa.Table, own: Collection[str]) -> pa.Table:
    """At most MOST_KEYS keys that surely go with the name, the surest first: BESIDE, and the columns of Association."""
    found = [_associated(counted.filter(pc.field("kind") == kind)) for kind in KINDS.values()]
    table = pa.concat_tables(found)
    is_own = pc.is_in(table["key"], pa.array(sorted(own), pa.string()))
    table = table.filter(pc.invert(is_own)).filter((pc.field("pmi") > 0) & (pc.field("g2") > SURE))
    order = [("g2", "descending"), ("kind", "ascending"), ("key", "ascending")]
    return table.sort_by(order).slice(0, MOST_KEYS).combine_chunks()


def _associated(counted: pa.Table) -> pa.Table:
    """The keys of one kind that stand beside the name in some of its samples, not in all, with their association."""
    whole = counted.filter(pc.field("key").is_null())
    searched, named = (pc.sum(whole[name]).as_py() or 0 for name in ("samples", "together"))
    together = pc.field("together")
    keys = counted.filter(pc.field("key").is_valid() & (together >= LEAST) & (together < named))
    numbers = keys["together"].to_numpy(), keys["samples"].to_numpy()
    association = associate(numbers[0], np.full(len(keys), named), numbers[1], max(1, searched))
    for name, values in association._asdict().items():
        keys = keys.append_column(name, pa.array(values, pa.float64()))
    return keys
