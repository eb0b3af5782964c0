"""How text answers the concepts: with queries, which a pipeline makes in up to a millisecond each.

A query depends on the name of the concept, on cleaning, on the pipeline and on the code. Queries in the table of
concepts are therefore not made again. The ledger has the spec under which the table was filled, and a fingerprint that
tells whether the table still holds those queries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts import of_run
from jobs.concepts.questions import Questions
from jobs.core.context import Context
from jobs.core.frames import handed_out, spark_schema
from jobs.core.sections import captions_section
from jobs.core.stage_specs import VERSIONS, index_specs
from jobs.core.stored_rows import map_stored
from jobs.lake import ledger
from jobs.lake.lake import Lake
from jobs.lake.ledger import Outcome, Unit
from jobs.lake.specs import Spec, record
from jobs.settings.corpora import Corpus
from udfs.postings.vocabulary import VOCABULARY, VocabularyTask
from udfs.text.modes import INDEX_OF, Mode, make_queries
from udfs.text.queries import Query, resolve_absent
from udfs.text.query_columns import QUERIES, as_columns, as_queries
from udfs.text.query_task import QueryTask

STAGE = "queries"
# The one unit of the stage: the table of concepts, which belongs to no corpus.
ALL = "*"
# The table of concepts keeps the queries of these modes; both read a concept in the same way.
KEPT = ("strict", "phrase")
# Queries that are made before they become columns, so that half a million are never objects all at once.
AT_A_TIME = 10_000
# The driver makes so many queries in two seconds. Of 500,000 its pipeline would keep 330 MB of words.
MADE_HERE = 20_000


def listed_queries(context: Context, corpus: Corpus, names: Iterable[str]) -> pa.Table | None:
    """The query of each name under the settings' match mode, in order, as columns; None without text search.

    The names are those of concepts of lists, or others that their definitions use.
    """
    captions = context.settings.captions
    if captions is None:
        return None
    how = captions.match, captions.pipeline, captions.cleans, context.lake
    if captions.match == "paper":
        return as_columns(_without_absent(context, corpus, as_queries(_made(tuple(names), *how))))
    if captions.match not in KEPT:
        return _made(tuple(names), *how)
    return completed(
        _kept(context.lake, _spec(context)),
        pa.array(names, pa.string()),
        lambda absent: _made(tuple(absent), *how),
    )


def completed(known: pa.Table, concepts: pa.Array, make: Callable[[list[str]], pa.Table]) -> pa.Table:
    """A query of each concept, in their order: one of those that are known, or a new one that `make` makes.

    All queries are rows of QUERIES.
    """
    place = pc.index_in(concepts, known["concept"].combine_chunks())
    absent = concepts.filter(place.is_null()).to_pylist()
    # Even for no concept it would load the pipeline.
    if not absent:
        return known.take(place)
    every = pa.concat_tables([known, make(absent)])
    return every.take(pc.index_in(concepts, every["concept"].combine_chunks()))


def keep(context: Context, asked: Questions, queries: pa.Table | None) -> None:
    """Write the table of concepts, with the queries of a run that searches nouns, and the spec of these queries."""
    match = None if queries is None else captions_section(context.settings).match
    nouns = match is not None and INDEX_OF[match] == "nouns"
    of_run.store(context.lake, asked.names, asked.definitions, queries if nouns else None)
    if match not in KEPT:
        return
    spec, fingerprint = _spec(context), _fingerprint(_stored(context.lake))
    row = ledger.done(context.lake, ALL, STAGE, spec.id).get(ALL)
    if row is None or row["fingerprint"] != fingerprint:
        record(context.lake, spec)
        count = len(asked.names)
        outcome = {Unit(ALL, fingerprint, count): Outcome(count, {"ok": count})}
        ledger.write(context.lake, ALL, STAGE, [spec.id], outcome, context.run)


def _spec(context: Context) -> Spec:
    from udfs.text.pipelines import pipeline_identity

    captions = captions_section(context.settings)
    pipeline = pipeline_identity(captions.pipeline)
    return Spec(STAGE, {"version": VERSIONS[STAGE], "pipeline": pipeline, "clean": captions.cleans})


def _kept(lake: Lake, spec: Spec) -> pa.Table:
    """The queries in the table of concepts, if they were made under this spec."""
    row = ledger.done(lake, ALL, STAGE, spec.id).get(ALL)
    stored = _stored(lake) if row else QUERIES.empty_table()
    return stored if row and row["fingerprint"] == _fingerprint(stored) else QUERIES.empty_table()


def _stored(lake: Lake) -> pa.Table:
    """The table of concepts as queries, by name."""
    return lake.table("concepts", QUERIES.names).cast(QUERIES).sort_by("concept")


def _fingerprint(queries: pa.Table) -> str:
    """A digest of queries; each character below is one that no key has."""
    terms = queries["terms"].combine_chunks()
    inner = terms.flatten()
    joined = pc.binary_join(inner, "\x1f")
    each = pc.binary_join(pa.ListArray.from_arrays(terms.offsets, joined), "\x1e")
    reason = pc.fill_null(queries["unanswerable"], "\x1c")
    lines = pc.binary_join_element_wise(queries["concept"], each, reason, "\x1d")
    return hashlib.sha256("\n".join(lines.to_pylist()).encode()).hexdigest()[:24]


@lru_cache(maxsize=1)
def _made(names: tuple[str, ...], mode: Mode, pipeline: str, clean: bool, lake: Lake) -> pa.Table:
    """Make queries anew; the last ones are cached, because counting and adding up ask for the same queries.

    Executors make those of a long list, if the lake has any.
    """
    parts = [names[start : start + AT_A_TIME] for start in range(0, len(names), AT_A_TIME)]
    if len(names) > MADE_HERE and lake.computes:
        frame = handed_out(lake.spark, "concept", parts)
        return frame.mapInArrow(QueryTask(mode, pipeline, clean), spark_schema(QUERIES)).toArrow().cast(QUERIES)
    made = [as_columns(make_queries(part, mode, pipeline, clean).values()) for part in parts]
    return pa.concat_tables([QUERIES.empty_table(), *made])


def _without_absent(context: Context, corpus: Corpus, queries: Sequence[Query]) -> list[Query]:
    """Queries without the terms that occur in no caption of the corpus (the paper's search)."""
    terms = frozenset(key for query in queries for term in query.terms for key in term)
    vocabulary = _present(context, corpus, VocabularyTask(terms))
    return [resolve_absent(query, vocabulary) for query in queries]


def _present(context: Context, corpus: Corpus, task: VocabularyTask) -> frozenset[str]:
    """The task's terms that are keys of a corpus's postings; without Spark if there is no session yet."""
    lake, spec = context.lake, index_specs(context.settings, corpus, context.identities)["text"]
    partitions = {"corpus": corpus.name, "spec": spec.id}
    if lake.session is None and lake.opens:
        batches = task(lake.batches("postings", ["key"], **partitions, key=sorted(task.terms)))
        return frozenset(term for batch in batches for term in batch.column("term").to_pylist())
    samples = sum(row["samples"] for row in ledger.done(lake, corpus.name, "index", spec.id).values())
    found = map_stored(lake, "postings", partitions, None, ("key",), task, VOCABULARY, samples).distinct()
    return frozenset(found.toArrow().column("term").to_pylist())
