"""How stored rows answer concepts: which rows are read, what is found in them, and which samples hold a concept then.

A concept may be on a list of the settings or on none. One on no list asks captions for its words as they are written
(`udfs.text.written`), and images for the label of its name, as one on a list does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from jobs.concepts.questions import Questions, tag_labels
from jobs.concepts.stored_queries import completed, listed_queries
from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec, index_specs
from jobs.core.stretches import Stored
from jobs.lake.slices import Slice
from jobs.settings.corpora import Corpus
from udfs.counting.arrays import RaggedArray
from udfs.counting.codebooks import Codebook
from udfs.counting.found import FOUND, InPositions, InPostings, InTexts
from udfs.counting.searches import Searches
from udfs.counting.text_queries import TextQueries, number_terms
from udfs.stored_files import Task
from udfs.stretch_task import Source
from udfs.text.queries import Query
from udfs.text.query_columns import QUERIES, as_queries
from udfs.text.substrings import SubstringMatcher
from udfs.text.written import written_query

NO_LABEL: Final = "the tagger has no label of this name"
POSTINGS = ("key", "shard", "ordinals")
CAPTIONS = ("shard", "ordinal", "status", "keys")
# Rows of up to so many keys are picked out of postings; for more, all rows are read.
FEW = 1_000


@dataclass(frozen=True)
class Inquiry:
    """What is asked of a corpus: the stored rows that answer, and the searches over what is found in them.

    queries: one per concept, as columns, if captions are asked. labels: the places of the concepts for which each label
    of the tagger stands, if images are asked. no_label: why images cannot answer a concept for which no label stands.
    """

    stored: tuple[Stored, ...]
    searches: Searches
    queries: pa.Table | None = None
    labels: Mapping[str, Sequence[int]] | None = None
    no_label: str = NO_LABEL

    def reasons(self, search: str) -> list[str | None]:
        """For each concept, why a search cannot answer it; None: it can. That of captions comes first."""
        reasons: list[str | None] = [None] * self.searches.concepts
        if self.queries is not None and search != "image":
            reasons = self.queries["unanswerable"].to_pylist()
        if search == "text":
            return reasons
        labelled = {place for places in (self.labels or {}).values() for place in places}
        return [reason or (None if place in labelled else self.no_label) for place, reason in enumerate(reasons)]

    def query_of(self, place: int = 0) -> Query | None:
        """The query of the concept at this place, if captions are asked."""
        return None if self.queries is None else as_queries(self.queries.slice(place, 1))[0]

    def labels_of(self, place: int = 0) -> tuple[str, ...]:
        """The labels that stand for the concept at this place."""
        return tuple(label for label, places in (self.labels or {}).items() if place in places)


def ask(
    context: Context, corpus: Corpus, questions: Questions, concepts: Sequence[str], halves: Collection[str]
) -> Inquiry:
    """Ask these halves, text or image, for concepts, in their order.

    Raises OSError or ValueError if the file that names the tagger's labels cannot be read.
    """
    images, stored, text, queries, labels = context.settings.images, list[Stored](), None, None, None
    tagger = images.tagger if images else None
    if "text" in halves:
        queries = queries_for(context, corpus, questions, concepts)
        stored, text = ask_captions(context, corpus, queries)
    if "image" in halves:
        labels = labels_for(context, questions, concepts)
        stored.append(ask_images(context, corpus, labels))
    searches = Searches(
        concepts=len(concepts),
        text=text,
        images="image" in halves,
        thresholds=questions.thresholds,
        score_type=tagger.score_type if tagger else "float32",
    )
    return Inquiry(tuple(stored), searches, queries, labels)


def queries_for(context: Context, corpus: Corpus, questions: Questions, concepts: Sequence[str]) -> pa.Table:
    """The query of each concept under the settings' match mode, as columns; one that cannot be answered says why."""
    captions = context.settings.captions
    assert captions is not None
    lists = {concept: questions.concepts[concept] for concept in concepts if concept in questions.concepts}
    listed = listed_queries(context, corpus, replace(questions, concepts=lists)) if lists else None

    def write(unlisted: Sequence[str]) -> list[Query]:
        return [written_query(one, captions.match, captions.cleans) for one in unlisted]

    return completed(QUERIES.empty_table() if listed is None else listed, pa.array(concepts, pa.string()), write)


def labels_for(context: Context, questions: Questions, concepts: Sequence[str]) -> dict[str, list[int]]:
    """The places in `concepts` for which each label stands, whether they are on a list or not."""
    place_of = {concept: place for place, concept in enumerate(concepts)}
    labels = tag_labels(context.settings, replace(questions, concepts=dict.fromkeys(concepts, ())))
    answered = {name: [place_of[one] for one in labels[name] if one in place_of] for name in labels}
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
