"""The questions of a count: which concepts, how text and tags answer them, at which thresholds.

The digest needs neither a spaCy pipeline nor a model, so a run with nothing to do finds that out in seconds. Queries
(`jobs.concepts.stored_queries`) are made only when something is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from jobs.concepts.definitions import Definition
from jobs.concepts.of_run import lake_lists, run_lists, stored_lists
from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec
from jobs.lake.specs import digest
from jobs.settings.corpora import Corpus
from jobs.settings.image_search import Classifier, RamPlus
from jobs.settings.settings import Settings
from udfs.text.spellings import spelling


@dataclass(frozen=True)
class Questions:
    """All `concepts` are counted, with their lists; totals and misalignment use only the run's own, `run_concepts`.

    definitions: those of the concepts that are more than their name.
    """

    concepts: Mapping[str, Sequence[str]]
    run_concepts: frozenset[str]
    thresholds: tuple[float, ...]
    digest: str
    definitions: Mapping[str, Definition] = field(default_factory=dict)

    @cached_property
    def names(self) -> Mapping[str, Sequence[str]]:
        """Every name that is asked, with its lists: the concepts, and names on no list that definitions use."""
        others = {name for one in self.definitions.values() for name in one.names} - self.concepts.keys()
        return dict(sorted([*self.concepts.items(), *((name, ()) for name in others)])) if others else self.concepts


_MADE: WeakKeyDictionary[Context, Questions] = WeakKeyDictionary()


def questions(context: Context, corpus: Corpus) -> Questions:
    """What a run asks of a corpus; the digest changes with a list, a threshold and, in `paper`, with the corpus."""
    asked, captions = of_lists(context), context.settings.captions
    return asked if captions is None or captions.match != "paper" else with_digest(context, corpus, asked)


def counted_questions(context: Context) -> Questions:
    """What was asked when the lake's concepts were last counted, if the settings were else the same; without a digest.

    `with_digest` tells: a shard that was counted with these questions has their digest in its fingerprint.
    """
    concepts, definitions = stored_lists(context.lake)
    names = {source.name for source in context.settings.concepts}
    own = frozenset(concept for concept, lists in concepts.items() if not names.isdisjoint(lists))
    return Questions(concepts, own, of_lists(context).thresholds, "", definitions)


def with_digest(context: Context, corpus: Corpus, asked: Questions) -> Questions:
    """The questions with their digest; 500,000 concepts take seconds."""
    captions = context.settings.captions
    if captions is None or captions.match != "paper":
        return replace(asked, digest=_digest(asked))
    # Terms that occur nowhere in the corpus are dropped, so each shard's counts depend on all the others.
    spec = captions_spec(context.settings, corpus, context.identities)
    found = context.ledger.done(corpus.name, "captions", spec.id)
    fingerprints = sorted(row["fingerprint"] for row in found.values())
    return replace(asked, digest=_digest(asked, fingerprints))


def of_lists(context: Context) -> Questions:
    """What a run asks of every corpus, made once per run: 500,000 concepts take seconds."""
    if context not in _MADE:
        settings = context.settings
        own = run_lists(settings)
        concepts, definitions = lake_lists(context.lake, settings, own)
        tagger = settings.images.tagger if settings.images else None
        asked = Questions(concepts, frozenset(own[0]), tagger.thresholds if tagger else (), "", definitions)
        _MADE[context] = replace(asked, digest=_digest(asked))
    return _MADE[context]


def _digest(asked: Questions, *more: Sequence[Any]) -> str:
    # Plain lists keep the digest that they had before there were definitions.
    defined = [{name: one.as_dict() for name, one in asked.definitions.items()}] if asked.definitions else []
    return digest([asked.concepts, sorted(asked.run_concepts), asked.thresholds, *more, *defined])


def tag_labels(settings: Settings, asked: Questions) -> dict[str, tuple[str, ...]]:
    """The names for which each label of the tagger stands: those of concepts, and others that definitions use.

    If the tagger has its own labels, a label answers the name that it is. It also answers names that differ from it
    only in case and underscores, unless another label is exactly that name (ImageNet has a Cardigan, a dog, and a
    cardigan). The labels of an open-vocabulary tagger are the run's concepts: aliases add none, because each label
    changes the scores of all others. Annotations have no list of labels, and are stored in one spelling: each name is
    asked by its own.
    """
    tagger = settings.images.tagger if settings.images else None
    if tagger is None:
        return {}
    if tagger.kind == "clip":
        return {concept: (concept,) for concept in sorted(asked.run_concepts)}
    if tagger.kind == "annotations":
        return {label: tuple(sorted(names)) for label, names in sorted(_by_spelling(asked.names).items())}
    labels = _own_labels(tagger)
    alike = _by_spelling(asked.names.keys() - set(labels))
    own = {label: [label] if label in asked.names else [] for label in labels}
    answered = {label: tuple(own[label] + sorted(alike.get(spelling(label), ()))) for label in labels}
    return {label: names for label, names in answered.items() if names}


def _by_spelling(names: Iterable[str]) -> dict[str, list[str]]:
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(spelling(name), []).append(name)
    return alike


def _own_labels(tagger: Classifier | RamPlus) -> list[str]:
    """The labels that a tagger brings with it, sorted."""
    from udfs.images.models.ram_plus.labels import read_names
    from udfs.images.models.taggers.class_names import imagenet_names, read_classes

    if tagger.kind == "ram_plus":
        return sorted(read_names(tagger.labels))
    return sorted(set(read_classes(tagger.classes) if tagger.classes else imagenet_names()))
