"""What a search asks of a corpus for one concept: keys of captions and labels of images; and why captions have none."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.concepts.asking import Inquiry
from jobs.core.context import Context
from jobs.core.stage_specs import index_specs
from jobs.settings.corpora import Corpus
from udfs.text.queries import Query
from udfs.text.written import singulars


@dataclass(frozen=True)
class Terms:
    """The terms that a caption must have, each as the keys that stand for it, and the labels one of which an image has.

    captions, labels: None if the search does not ask for them. in_order: the terms must stand side by side.
    """

    captions: tuple[tuple[str, ...], ...] | None
    labels: tuple[str, ...] | None
    in_order: bool

    def __str__(self) -> str:
        parts = []
        if self.captions is not None:
            terms = (" or ".join(map(repr, keys)) for keys in self.captions)
            parts.append("captions with " + (", then " if self.in_order else " and ").join(terms))
        if self.labels is not None:
            parts.append("images with the label " + " or ".join(map(repr, self.labels)))
        return "; ".join(parts)


def terms_of(context: Context, asked: Inquiry, search: str) -> Terms | None:
    """The terms of the first concept that was asked for; None if the search cannot answer it."""
    if asked.reasons(search)[0]:
        return None
    query = None if search == "image" else asked.query_of()
    captions = None if query is None else query.terms
    section = context.settings.captions
    in_order = captions is not None and section is not None and section.match == "phrase"
    return Terms(captions, asked.labels_of() if search != "text" else None, in_order)


def why_none(context: Context, corpus: Corpus, query: Query) -> str:
    """Why no caption of a corpus holds a query of words as they are written, and the singular that would be found."""
    words = list(dict.fromkeys(term[0] for term in query.terms))
    spec = index_specs(context.settings, corpus, context.identities)["text"]
    wanted = sorted({*words, *(one for word in words for one in singulars(word))})
    present = context.lake.table("postings", ["key"], corpus=corpus.name, spec=spec.id, key=wanted)["key"].unique()
    known, said = set(present.to_pylist()), []
    for word in words:
        instead = [one for one in singulars(word) if one in known]
        if word not in known:
            said.append(f"no caption has the key '{word}'" + (f", but some have '{instead[0]}'" if instead else ""))
    return "; ".join(said) or f"no caption has these keys together: {', '.join(words)}"
