"""How stored rows answer queries and labels: which rows are read, and what is found in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec, index_specs
from jobs.core.stretches import Stored
from jobs.lake.slices import Slice
from jobs.settings.corpora import Corpus
from udfs.counting.arrays import RaggedArray
from udfs.counting.found import FOUND, InPositions, InPostings, InTexts
from udfs.counting.text_queries import TextQueries, numbered_terms, term_numbers, text_queries
from udfs.stored_files import Task
from udfs.stretch_task import Source
from udfs.text.queries import Query
from udfs.text.substrings import SubstringMatcher

POSTINGS = ("key", "shard", "ordinals")
CAPTIONS = ("shard", "ordinal", "status", "keys")


def ask_captions(context: Context, corpus: Corpus, queries: Sequence[Query]) -> tuple[list[Stored], TextQueries]:
    """The rows that answer queries made under the settings' match mode, and the queries over what is found in them.

    Postings answer most queries alone. Captions are read again for substrings, and for the positions of phrases' terms.
    """
    captions = context.settings.captions
    assert captions is not None
    terms_spec = captions_spec(context.settings, corpus, context.identities)
    partitions = {"corpus": corpus.name, "spec": terms_spec.id}
    if captions.match == "substring":
        found = InTexts(SubstringMatcher(queries, captions.ignore_case))
        each = TextQueries(RaggedArray.of([number] for number in range(len(queries))), len(queries))
        return [_stored("caption_terms", partitions, CAPTIONS, found)], each
    in_order, terms = captions.match == "phrase", numbered_terms(queries)
    numbers = term_numbers(terms)
    rows = [_stored("postings", _index(context, corpus, "text"), POSTINGS, InPostings("text", numbers), numbers)]
    if in_order:
        rows.append(_stored("caption_terms", partitions, (*CAPTIONS, "positions"), InPositions(numbers)))
    return rows, text_queries(queries, terms, in_order)


def ask_images(context: Context, corpus: Corpus, concepts: Mapping[str, Sequence[int]]) -> Stored:
    """The rows that answer labels; `concepts` has the numbers of the concepts for which each label stands."""
    columns = (*POSTINGS, "scores")
    return _stored("postings", _index(context, corpus, "image"), columns, InPostings("image", concepts), concepts)


def _index(context: Context, corpus: Corpus, search: str) -> Slice:
    spec = index_specs(context.settings, corpus, context.identities)[search]
    return {"corpus": corpus.name, "spec": spec.id}


def _stored(
    table: str, partitions: Slice, columns: tuple[str, ...], task: Task, keys: Iterable[str] | None = None
) -> Stored:
    return Stored(table, partitions, Source(columns, task, FOUND), None if keys is None else tuple(keys))
