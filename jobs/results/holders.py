"""The samples that hold a concept, on a list or not: by their text, by their image, or by both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.asking import ask_captions, ask_images
from jobs.concepts.questions import Questions, questions, tag_labels
from jobs.concepts.stored_queries import text_queries
from jobs.core.context import Context
from jobs.core.reading import found_in
from jobs.core.stage_specs import captions_spec, index_specs
from jobs.core.stretches import Stored
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.unlisted import words_of
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search
from udfs.counting.arrays import Integers, find
from udfs.counting.laid_out import LaidOut
from udfs.counting.per_shard import ScoreType
from udfs.counting.sets import Sets
from udfs.counting.text_queries import TextQueries
from udfs.text.queries import Query

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Holders:
    """Samples of one corpus, by shard and ordinal, none twice; scores: those of the tagger, None for text."""

    corpus: str
    shards: tuple[str, ...]
    shard: Integers
    ordinal: Integers
    scores: Scores | None

    def taken(self, places: Integers) -> Holders:
        """Some of the samples."""
        scores = None if self.scores is None else self.scores[places]
        return Holders(self.corpus, self.shards, self.shard[places], self.ordinal[places], scores)


def find_holders(
    context: Context, corpus: Corpus, concept: str, search: Search, threshold: float | None, without: str | None = None
) -> Holders:
    """The samples of a corpus that hold `concept` and, if it is given, do not hold `without`, under one search.

    threshold: the score must be above it; None for text. Raises SettingsError if the settings lack the search, and
    ConceptfreqError with the reason if the search cannot answer a concept, or if nothing is indexed for it.
    """
    concepts, asked = [concept] if without is None else [concept, without], questions(context, corpus)
    text, rows = None, list[tuple[str, Stored]]()
    for half in ("text", "image"):
        if search in (half, "integrated") and half not in context.settings.searches:
            raise SettingsError(f"--search {search}: {context.settings.name} has no {half} search")
    if search != "image":
        stored, text = ask_captions(context, corpus, _queries(context, corpus, asked, concepts))
        rows += [("text", one) for one in stored]
    if search != "text":
        rows.append(("image", ask_images(context, corpus, _labels(context, asked, concepts))))
    laid_out = LaidOut.of(chain.from_iterable(_found(context, corpus, half, one) for half, one in rows))
    samples, scores = _members(laid_out, text, threshold, _score_type(context), len(concepts))
    shard = laid_out.places.shard_of[samples]
    return Holders(corpus.name, laid_out.places.shards, shard, samples - laid_out.places.firsts[shard], scores)


def _queries(context: Context, corpus: Corpus, asked: Questions, concepts: Sequence[str]) -> list[Query]:
    """The query of each concept; one on no list asks for its words as they are written."""
    captions = context.settings.captions
    assert captions is not None
    listed = text_queries(context, corpus, asked) if asked.concepts.keys() & set(concepts) else {}
    queries = []
    for concept in concepts:
        if concept not in asked.concepts and captions.match == "substring":
            raise ConceptfreqError(f"'{concept}' is on no list: substrings are searched for concepts of lists only")
        words = tuple((word,) for word in words_of(concept, captions.keeps_case))
        query = listed.get(concept) or Query(concept, words, None)
        if query.unanswerable:
            raise ConceptfreqError(f"text search cannot answer '{concept}': {query.unanswerable}")
        queries.append(query)
    return queries


def _labels(context: Context, asked: Questions, concepts: Sequence[str]) -> dict[str, list[int]]:
    """The numbers of the concepts for which each label stands; one on no list is answered by the label of its name."""
    labels = tag_labels(context.settings, asked)
    answered = {name: [at for at, one in enumerate(concepts) if one in labels[name]] for name in labels}
    for at, concept in enumerate(concepts):
        if concept not in asked.concepts:
            answered.setdefault(concept, []).append(at)
    return {name: numbers for name, numbers in answered.items() if numbers}


def _found(context: Context, corpus: Corpus, half: str, stored: Stored) -> Iterator[pa.RecordBatch]:
    """What stored rows of one half hold, in the shards that are done."""
    indexed = index_specs(context.settings, corpus, context.identities)
    if half in indexed:
        done = context.ledger.done(corpus.name, "index", indexed[half].id)
    else:
        spec = captions_spec(context.settings, corpus, context.identities)
        done = context.ledger.done(corpus.name, "captions", spec.id)
    if not done:
        # 0 of nothing is no answer.
        raise ConceptfreqError(
            f"corpus {corpus.name}: no shard is indexed for {half} search: run `conceptfreq run` first"
        )
    shards = pa.array(done, pa.string())
    for batch in found_in(context.lake, stored):
        yield batch.filter(pc.is_in(batch["shard"], shards))


def _score_type(context: Context) -> ScoreType:
    images = context.settings.images
    return images.tagger.score_type if images and images.tagger else "float32"


def _members(
    laid_out: LaidOut, text: TextQueries | None, threshold: float | None, score_type: ScoreType, concepts: int
) -> tuple[Integers, Scores | None]:
    """The samples that hold the first concept and not the second, and their scores under an image search."""
    held: Sets | None = text.held_in(laid_out).concepts if text else None
    scored = None
    if threshold is not None:
        scored = laid_out.held("image", concepts).concepts
        seen = scored.above(threshold, score_type)
        held = seen if held is None else held.both(seen)
    assert held is not None
    number, sample = held.split()
    wanted = sample[number == 0]
    wanted = wanted[~np.isin(wanted, sample[number == 1])]
    if scored is None or scored.scores is None:
        return wanted, None
    # The codes of the first concept are the samples themselves.
    return wanted, scored.scores[find(scored.codes, wanted)[1]].astype(np.float32)
