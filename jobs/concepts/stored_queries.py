"""How text answers the concepts: with queries, which a pipeline makes in up to a millisecond each.

A query depends on the name of the concept, on cleaning, on the pipeline and on the code. Queries in the table of
concepts are therefore not made again. The ledger has the spec under which the table was filled, and a fingerprint that
tells whether the table still holds those queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from jobs.concepts import of_run
from jobs.concepts.questions import Questions
from jobs.core.context import Context
from jobs.core.sections import captions_section
from jobs.core.stage_specs import VERSIONS, index_specs
from jobs.core.stored_rows import map_stored
from jobs.lake import ledger
from jobs.lake.lake import Lake
from jobs.lake.ledger import Outcome, Unit
from jobs.lake.specs import Spec, digest, record
from jobs.settings.corpora import Corpus
from udfs.postings.vocabulary import VOCABULARY, VocabularyTask
from udfs.text.modes import INDEX_OF, Mode, make_queries
from udfs.text.queries import Query, resolve_absent

STAGE = "queries"
# The one unit of the stage: the table of concepts, which belongs to no corpus.
ALL = "*"
# The table of concepts keeps the queries of these modes; both read a concept in the same way.
KEPT = ("strict", "phrase")


def listed_queries(context: Context, corpus: Corpus, asked: Questions) -> Mapping[str, Query]:
    """The query of each concept under the settings' match mode, in order; none if there is no text search."""
    captions = context.settings.captions
    if captions is None:
        return {}
    how = captions.match, captions.pipeline, captions.cleans
    if captions.match == "paper":
        return _without_absent(context, corpus, _made(tuple(asked.concepts), *how))
    if captions.match not in KEPT:
        return _made(tuple(asked.concepts), *how)
    kept = _kept(context.lake, _spec(context))
    absent = tuple(name for name in asked.concepts if name not in kept)
    # Even for no concept it would load the pipeline.
    new = _made(absent, *how) if absent else {}
    return {name: kept.get(name) or new[name] for name in asked.concepts}


def keep(context: Context, asked: Questions, queries: Mapping[str, Query]) -> None:
    """Write the table of concepts, with the queries of a run that searches nouns, and the spec of these queries."""
    match = captions_section(context.settings).match if queries else None
    by_nouns = queries if match and INDEX_OF[match] == "nouns" else {}
    of_run.store(context.lake, asked.concepts, by_nouns)
    if match not in KEPT:
        return
    spec, fingerprint = _spec(context), _fingerprint(list(_rows(context.lake)))
    row = ledger.done(context.lake, ALL, STAGE, spec.id).get(ALL)
    if row is None or row["fingerprint"] != fingerprint:
        record(context.lake, spec)
        outcome = {Unit(ALL, fingerprint, len(queries)): Outcome(len(queries), {"ok": len(queries)})}
        ledger.write(context.lake, ALL, STAGE, [spec.id], outcome, context.run)


def _spec(context: Context) -> Spec:
    from udfs.text.pipelines import pipeline_identity

    captions = captions_section(context.settings)
    pipeline = pipeline_identity(captions.pipeline)
    return Spec(STAGE, {"version": VERSIONS[STAGE], "pipeline": pipeline, "clean": captions.cleans})


def _kept(lake: Lake, spec: Spec) -> dict[str, Query]:
    """The queries in the table of concepts, if they were made under this spec."""
    row = ledger.done(lake, ALL, STAGE, spec.id).get(ALL)
    if row is None:
        return {}
    rows = list(_rows(lake))
    if _fingerprint(rows) != row["fingerprint"]:
        return {}
    return {name: Query(name, tuple(map(tuple, terms)), reason) for name, terms, reason in rows}


def _rows(lake: Lake) -> zip[tuple[str, list[list[str]], str | None]]:
    """(concept, terms, reason why it cannot be answered), by name."""
    table = lake.table("concepts").sort_by("concept")
    return zip(*(table[column].to_pylist() for column in ("concept", "terms", "unanswerable")), strict=True)


def _fingerprint(rows: Sequence[tuple[str, list[list[str]], str | None]]) -> str:
    return digest(rows)[:24]


@lru_cache(maxsize=1)
def _made(names: tuple[str, ...], mode: Mode, pipeline: str, clean: bool) -> dict[str, Query]:
    """Make queries anew; the last ones are cached, because counting and adding up ask for the same queries."""
    return make_queries(names, mode, pipeline, clean)


def _without_absent(context: Context, corpus: Corpus, queries: Mapping[str, Query]) -> dict[str, Query]:
    """Queries without the terms that occur in no caption of the corpus (the paper's search)."""
    terms = frozenset(key for query in queries.values() for term in query.terms for key in term)
    vocabulary = _present(context, corpus, VocabularyTask(terms))
    return {concept: resolve_absent(query, vocabulary) for concept, query in queries.items()}


def _present(context: Context, corpus: Corpus, task: VocabularyTask) -> frozenset[str]:
    """The task's terms that are keys of a corpus's postings; without Spark if there is no session yet."""
    lake, spec = context.lake, index_specs(context.settings, corpus, context.identities)["text"]
    partitions = {"corpus": corpus.name, "spec": spec.id}
    if lake.session is None and lake.opens:
        batches = task(lake.batches("postings", ["key"], **partitions))
        return frozenset(term for batch in batches for term in batch.column("term").to_pylist())
    samples = sum(row["samples"] for row in ledger.done(lake, corpus.name, "index", spec.id).values())
    found = map_stored(lake, "postings", partitions, None, ("key",), task, VOCABULARY, samples).distinct()
    return frozenset(found.toArrow().column("term").to_pylist())
