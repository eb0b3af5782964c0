"""How stored rows answer concepts: which rows are read, what is found in them, and which samples hold a concept then.

A concept may be on a list of the settings or on none. One on no list asks captions for its words as they are written
(`udfs.text.written`), and images for the label of its name, as one on a list does. A concept that is more than its name
asks for each name of its definition, and the searches combine what is found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from jobs.concepts.definitions import Definition, number_names
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
from udfs.text.query_columns import QUERIES, as_columns, as_queries
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

    names: what is asked by itself, in the order of the searches' numbers. definitions: those of the concepts, in their
    order; None if the concepts are the names. queries: one per name, as columns, if captions are asked. labels: the
    places of the names for which each label of the tagger stands, if images are asked. no_label: why images cannot
    answer a name for which no label stands.
    """

    stored: tuple[Stored, ...]
    searches: Searches
    names: Sequence[str]
    definitions: Sequence[Definition] | None = None
    queries: pa.Table | None = None
    labels: Mapping[str, Sequence[int]] | None = None
    no_label: str = NO_LABEL

    def reasons(self, search: str) -> list[str | None]:
        """For each concept, why a search cannot answer it; None: it can. That of captions comes first."""
        reasons: list[str | None] = [None] * len(self.names if self.definitions is None else self.definitions)
        if self.queries is not None and search != "image":
            reasons = self._of_concepts(self.queries["unanswerable"].to_pylist())
        if search == "text":
            return reasons
        labelled = {place for places in (self.labels or {}).values() for place in places}
        unseen = [None if place in labelled else self.no_label for place in range(len(self.names))]
        return [said or seen for said, seen in zip(reasons, self._of_concepts(unseen), strict=True)]

    def query_of(self, place: int = 0) -> Query | None:
        """The query of the name at this place, if captions are asked."""
        return None if self.queries is None else as_queries(self.queries.slice(place, 1))[0]

    def labels_of(self, place: int = 0) -> tuple[str, ...]:
        """The labels that stand for the name at this place."""
        return tuple(label for label, places in (self.labels or {}).items() if place in places)

    def _of_concepts(self, reasons: list[str | None]) -> list[str | None]:
        """The reason for each concept, by those for each name."""
        if self.definitions is None:
            return reasons
        by_name = dict(zip(self.names, reasons, strict=True))
        return [one.why_not(by_name) for one in self.definitions]


def ask(
    context: Context, corpus: Corpus, questions: Questions, concepts: Sequence[str], halves: Collection[str]
) -> Inquiry:
    """Ask these halves, text or image, for concepts, in their order.

    Raises OSError or ValueError if the file that names the tagger's labels cannot be read.
    """
    defined = questions.definitions
    if defined.keys().isdisjoint(concepts):
        return _ask(context, corpus, questions, concepts, halves)
    return ask_defined(context, corpus, questions, [defined.get(one) or Definition(one) for one in concepts], halves)


def ask_defined(
    context: Context, corpus: Corpus, questions: Questions, definitions: Sequence[Definition], halves: Collection[str]
) -> Inquiry:
    """`ask` for concepts as these definitions say, which need not be those of lists."""
    names, numbered = number_names(definitions)
    asked = _ask(context, corpus, questions, names, halves)
    searches = replace(asked.searches, concepts=len(definitions), definitions=numbered)
    return replace(asked, searches=searches, definitions=definitions)


def _ask(
    context: Context, corpus: Corpus, questions: Questions, names: Sequence[str], halves: Collection[str]
) -> Inquiry:
    images, stored, text, queries, labels = context.settings.images, list[Stored](), None, None, None
    tagger = images.tagger if images else None
    if "text" in halves:
        queries = queries_for(context, corpus, questions, names)
        stored, text = ask_captions(context, corpus, queries)
    if "image" in halves:
        labels = labels_for(context, questions, names)
        stored.append(ask_images(context, corpus, labels))
    searches = Searches(
        concepts=len(names),
        text=text,
        images="image" in halves,
        thresholds=questions.thresholds,
        score_type=tagger.score_type if tagger else "float32",
    )
    return Inquiry(tuple(stored), searches, names, queries=queries, labels=labels)


def queries_for(context: Context, corpus: Corpus, questions: Questions, names: Sequence[str]) -> pa.Table:
    """The query of each name under the settings' match mode, as columns; one that cannot be answered says why."""
    captions = context.settings.captions
    assert captions is not None
    listed = [name for name in names if name in questions.names]
    known = listed_queries(context, corpus, listed) if listed else None

    def write(unlisted: Sequence[str]) -> pa.Table:
        return as_columns(written_query(one, captions.match, captions.cleans) for one in unlisted)

    return completed(QUERIES.empty_table() if known is None else known, pa.array(names, pa.string()), write)


def labels_for(context: Context, questions: Questions, names: Sequence[str]) -> dict[str, list[int]]:
    """The places in `names` for which each label stands, whether they are on a list or not."""
    place_of = {name: place for place, name in enumerate(names)}
    labels = tag_labels(context.settings, replace(questions, concepts=dict.fromkeys(names, ()), definitions={}))
    answered = {label: [place_of[one] for one in labels[label] if one in place_of] for label in labels}
    return {label: places for label, places in answered.items() if places}


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
    return Stored(table, partitions, Source(columns, task, FOUND, few))
