"""How stored rows answer concepts: which rows are read, what is found in them, and which samples hold a concept then.

A concept may be on a list of the settings or on none. One on no list asks captions for its words as they are written,
and images for the label of its name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jobs.concepts.questions import Questions, tag_labels
from jobs.concepts.stored_queries import completed, listed_queries
from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec, index_specs
from jobs.core.stretches import Stored
from jobs.errors import ConceptfreqError
from jobs.lake.slices import Slice
from jobs.settings.corpora import Corpus
from udfs.counting.arrays import RaggedArray
from udfs.counting.codebooks import Codebook
from udfs.counting.found import FOUND, InPositions, InPostings, InTexts
from udfs.counting.searches import Searches
from udfs.counting.text_queries import TextQueries, number_terms
from udfs.stored_files import Task
from udfs.stretch_task import Source
from udfs.text.nouns import key_of
from udfs.text.queries import Query
from udfs.text.query_columns import QUERIES, as_queries
from udfs.text.substrings import SubstringMatcher

POSTINGS = ("key", "shard", "ordinals")
CAPTIONS = ("shard", "ordinal", "status", "keys")
# Rows of up to so many keys are picked out of postings; for more, all rows are read.
FEW = 1_000


@dataclass(frozen=True)
class Asked:
    """What is asked of a corpus: the stored rows that answer, and the searches over what is found in them."""

    stored: tuple[Stored, ...]
    searches: Searches


def ask(
    context: Context, corpus: Corpus, questions: Questions, concepts: Sequence[str], halves: Collection[str]
) -> Asked:
    """Ask these halves, text or image, for concepts, in their order. Raises ConceptfreqError as `queries_for` does."""
    images, stored, text = context.settings.images, list[Stored](), None
    tagger = images.tagger if images else None
    if "text" in halves:
        stored, text = ask_captions(context, corpus, queries_for(context, corpus, questions, concepts))
    if "image" in halves:
        stored.append(ask_images(context, corpus, labels_for(context, questions, concepts)))
    searches = Searches(
        concepts=len(concepts),
        text=text,
        images="image" in halves,
        thresholds=questions.thresholds,
        score_type=tagger.score_type if tagger else "float32",
    )
    return Asked(tuple(stored), searches)


def queries_for(context: Context, corpus: Corpus, questions: Questions, concepts: Sequence[str]) -> pa.Table:
    """The query of each concept under the settings' match mode, as columns; one that cannot be answered says why.

    Raises ConceptfreqError if a concept is on no list and substrings are searched.
    """
    captions = context.settings.captions
    assert captions is not None
    listed = None if questions.concepts.keys().isdisjoint(concepts) else listed_queries(context, corpus, questions)

    def make(unlisted: list[str]) -> list[Query]:
        if captions.match == "substring":
            raise ConceptfreqError(f"'{unlisted[0]}' is on no list: substrings are searched for concepts of lists only")
        return [_as_written(concept, captions.keeps_case) for concept in unlisted]

    return completed(QUERIES.empty_table() if listed is None else listed, pa.array(concepts, pa.string()), make)


def _as_written(concept: str, keeps_case: bool) -> Query:
    """A query for the words of a concept: a noun index holds lemmas (dog, not dogs)."""
    keys = {key_of(word) for word in re.split(r"[ _]+", concept)} - {""}
    words = sorted(keys if keeps_case else {key.lower() for key in keys})
    return Query(concept, tuple((word,) for word in words), None if words else "it has no word")


def labels_for(context: Context, questions: Questions, concepts: Sequence[str]) -> dict[str, list[int]]:
    """The places in `concepts` for which each label stands; one on no list is answered by the label of its name."""
    place_of = {concept: place for place, concept in enumerate(concepts)}
    labels = tag_labels(context.settings, questions)
    answered = {name: [place_of[one] for one in labels[name] if one in place_of] for name in labels}
    for concept in place_of.keys() - questions.concepts.keys():
        answered.setdefault(concept, []).append(place_of[concept])
    return {name: places for name, places in answered.items() if places}


def ask_captions(context: Context, corpus: Corpus, queries: pa.Table) -> tuple[list[Stored], TextQueries]:
    """The rows that answer queries made under the settings' match mode, and the queries over what is found in them.

    Postings answer most queries alone. Captions are read again for substrings, and for the positions of phrases' terms.
    """
    captions = context.settings.captions
    assert captions is not None
    terms_spec = captions_spec(context.settings, corpus, context.identities)
    partitions = {"corpus": corpus.name, "spec": terms_spec.id}
    if captions.match == "substring":
        found = InTexts(SubstringMatcher(as_queries(queries), captions.ignore_case))
        count = queries.num_rows
        each = TextQueries(RaggedArray(np.arange(count + 1), np.arange(count, dtype=np.int32)), count)
        return [_stored("caption_terms", partitions, CAPTIONS, found)], each
    in_order = captions.match == "phrase"
    numbered, keys = number_terms(queries, in_order)
    rows = [_stored("postings", _index(context, corpus, "text"), POSTINGS, InPostings("text", keys), keys)]
    if in_order:
        rows.append(_stored("caption_terms", partitions, (*CAPTIONS, "positions"), InPositions(keys)))
    return rows, numbered


def ask_images(context: Context, corpus: Corpus, concepts: Mapping[str, Sequence[int]]) -> Stored:
    """The rows that answer labels; `concepts` has the numbers of the concepts for which each label stands."""
    labels = Codebook.of(concepts)
    columns = (*POSTINGS, "scores")
    return _stored("postings", _index(context, corpus, "image"), columns, InPostings("image", labels), labels)


def _index(context: Context, corpus: Corpus, search: str) -> Slice:
    spec = index_specs(context.settings, corpus, context.identities)[search]
    return {"corpus": corpus.name, "spec": spec.id}


def _stored(
    table: str, partitions: Slice, columns: tuple[str, ...], task: Task, keys: Codebook | None = None
) -> Stored:
    few = tuple(keys.names.to_pylist()) if keys is not None and len(keys.names) <= FEW else None
    return Stored(table, partitions, Source(columns, task, FOUND), few)
