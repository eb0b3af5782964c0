"""What a count asks: which concepts, how text and tags answer them, at which thresholds.

The digest is known without a spaCy pipeline or a model, so that a run with nothing to do finds that out in seconds;
queries are made only when something is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import functions as F

from jobs.core import ledger
from jobs.core.concepts import lake_concepts, run_concepts, spelling
from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.core.lake import Lake
from jobs.core.lineage import captions_spec
from jobs.core.settings import Classifier, Corpus, RamPlus, Settings
from jobs.core.slices import spark_condition
from jobs.core.specs import digest
from udfs.counting import VOCABULARY, VocabularyTask
from udfs.text.modes import make_queries
from udfs.text.queries import Query


@dataclass(frozen=True)
class Questions:
    """`concepts` with their lists are counted; totals and misalignment look at the run's own (`run_concepts`) only."""

    concepts: Mapping[str, Sequence[str]]
    run_concepts: frozenset[str]
    thresholds: tuple[float, ...]
    digest: str

    @property
    def mark(self) -> str:
        """What a fingerprint begins with where these questions were answered."""
        return self.digest[:8]


def questions(lake: Lake, settings: Settings, corpus: Corpus) -> Questions:
    """What a run asks of a corpus; its digest changes when a list, a threshold or, in `paper`, the corpus does."""
    concepts = lake_concepts(lake, settings)
    own = frozenset(run_concepts(settings))
    tagger = settings.images.tagger if settings.images else None
    thresholds = tagger.thresholds if tagger else ()
    asked = [concepts, sorted(own), thresholds]
    if settings.captions and settings.captions.match == "paper":
        # Terms that occur nowhere in the corpus are dropped, so each shard's counts hang on all the others.
        spec = captions_spec(settings, corpus)
        found = ledger.done(lake, corpus.name, "captions", spec.id)
        asked.append(sorted(row["fingerprint"] for row in found.values()))
    return Questions(concepts, own, thresholds, digest(asked))


def text_queries(context: Context, corpus: Corpus, asked: Questions) -> dict[str, Query]:
    """How text answers each concept under the settings' match mode; none where there is no text search."""
    captions = context.settings.captions
    if captions is None:
        return {}
    queries = make_queries(asked.concepts, captions.match, captions.pipeline)
    return _without_absent(context, corpus, queries) if captions.match == "paper" else queries


def _without_absent(context: Context, corpus: Corpus, queries: dict[str, Query]) -> dict[str, Query]:
    """Queries without the terms that occur in no caption of the corpus (the paper's search)."""
    from udfs.text.queries import resolve_absent

    terms = frozenset(key for query in queries.values() for term in query.terms for key in term)
    vocabulary = _present(context.lake, VocabularyTask(terms), corpus.name, captions_spec(context.settings, corpus).id)
    return {concept: resolve_absent(query, vocabulary) for concept, query in queries.items()}


def _present(lake: Lake, task: VocabularyTask, corpus: str, spec: str) -> frozenset[str]:
    """The task's terms that a corpus's nouns hold; without Spark where the lake was opened for looking only."""
    if lake.session is None:
        batches = task(lake.batches("caption_terms", ["nouns"], corpus=corpus, spec=spec))
        return frozenset(term for batch in batches for term in batch.column("term").to_pylist())
    where = spark_condition({"corpus": corpus, "spec": spec})
    nouns = lake.read("caption_terms").where(where).where(F.col("nouns").isNotNull()).select("nouns")
    found = nouns.mapInArrow(task, spark_schema(VOCABULARY)).distinct().toArrow()
    return frozenset(found.column("term").to_pylist())


def tag_labels(settings: Settings, asked: Questions) -> dict[str, tuple[str, ...]]:
    """Which concepts each label of the tagger stands for.

    The label of a tagger that has its own answers the concepts that are spelled like it but for case and underscores;
    the labels of an open one are the run's concepts.
    """
    tagger = settings.images.tagger if settings.images else None
    if tagger is None:
        return {}
    if tagger.kind == "clip":
        return {concept: (concept,) for concept in sorted(asked.run_concepts)}
    spelled: dict[str, list[str]] = {}
    for concept in asked.concepts:
        spelled.setdefault(spelling(concept), []).append(concept)
    return {name: tuple(spelled[spelling(name)]) for name in _own_labels(tagger) if spelling(name) in spelled}


def _own_labels(tagger: Classifier | RamPlus) -> list[str]:
    """The labels that a tagger brings with it, sorted."""
    from udfs.images.ram_plus.labels import read_names
    from udfs.images.taggers.classifier import imagenet_names, read_classes

    if tagger.kind == "ram_plus":
        return sorted(read_names(tagger.labels))
    return sorted(set(read_classes(tagger.classes) if tagger.classes else imagenet_names()))
