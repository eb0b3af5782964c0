"""What a search asks of a corpus for one concept: keys of captions and labels of images; and why captions have none.

A concept that is more than its name asks so for each name of its definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jobs.concepts.asking import Inquiry
from jobs.concepts.definitions import Definition
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


@dataclass(frozen=True)
class DefinedTerms:
    """What one half, text or image, asks for each name of a definition; unanswered: names that it leaves out, and why.

    below: the same for each concept that is rolled up.
    """

    any: tuple[Terms, ...]
    all: tuple[Terms, ...]
    none: tuple[Terms, ...]
    unanswered: tuple[str, ...]
    below: tuple[DefinedTerms, ...] = ()

    def __str__(self) -> str:
        parts = [
            f"{word} {', '.join(f'({one})' for one in terms)}"
            for word, terms in (("any of", self.any), ("all of", self.all), ("none of", self.none))
            if terms
        ]
        if self.unanswered:
            parts.append(f"left out: {', '.join(self.unanswered)}")
        return "; or ".join(["; ".join(parts), *map(str, self.below)])


# What a search asks for: of a name in both halves at once, of a definition half by half.
AskedTerms = Terms | tuple[DefinedTerms, ...]


def terms_of(context: Context, asked: Inquiry, search: str) -> AskedTerms | None:
    """The terms of the first concept that was asked for; None if the search cannot answer it."""
    if asked.reasons(search)[0]:
        return None
    if asked.definitions is None:
        return _terms(context, asked, search, 0)
    halves = ("text", "image") if search == "integrated" else (search,)
    return tuple(_defined(context, asked, half, asked.definitions[0]) for half in halves)


def _terms(context: Context, asked: Inquiry, search: str, place: int) -> Terms:
    """The terms of the name at this place."""
    query = None if search == "image" else asked.query_of(place)
    captions = None if query is None else query.terms
    section = context.settings.captions
    in_order = captions is not None and section is not None and section.match == "phrase"
    return Terms(captions, asked.labels_of(place) if search != "text" else None, in_order)


def _defined(context: Context, asked: Inquiry, half: str, one: Definition) -> DefinedTerms:
    reasons = dict(zip(asked.names, replace(asked, definitions=None).reasons(half), strict=True))

    def terms(names: Sequence[str]) -> tuple[Terms, ...]:
        return tuple(_terms(context, asked, half, asked.names.index(name)) for name in names if not reasons[name])

    unanswered = tuple(f"'{name}' ({why})" for name in replace(one, below=()).names if (why := reasons[name]))
    below = tuple(_defined(context, asked, half, child) for child in one.below)
    return DefinedTerms(terms(one.alternatives), terms(one.required), terms(one.excluded), unanswered, below)


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
