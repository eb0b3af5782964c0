"""The questions of a count: which concepts, how text and tags answer them, at which thresholds.

The digest needs neither a spaCy pipeline nor a model, so a run with nothing to do finds that out in seconds. Queries
(`jobs.concepts.stored_queries`) are made only when something is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from jobs.concepts.of_run import lake_concepts, run_concepts, spelling, stored_lists
from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec
from jobs.lake.specs import digest
from jobs.settings.corpora import Corpus
from jobs.settings.image_search import Classifier, RamPlus
from jobs.settings.settings import Settings


@dataclass(frozen=True)
class Questions:
    """All `concepts` are counted, with their lists; totals and misalignment use only the run's own, `run_concepts`."""

    concepts: Mapping[str, Sequence[str]]
    run_concepts: frozenset[str]
    thresholds: tuple[float, ...]
    digest: str


_MADE: WeakKeyDictionary[Context, Questions] = WeakKeyDictionary()


def questions(context: Context, corpus: Corpus) -> Questions:
    """What a run asks of a corpus; the digest changes with a list, a threshold and, in `paper`, with the corpus."""
    return _of_corpus(context, corpus, of_lists(context))


def counted_questions(context: Context, corpus: Corpus) -> Questions:
    """What was asked of a corpus when the lake's concepts were last counted, if the settings were else the same ones.

    The digest tells: a shard that was counted with these questions has it in its fingerprint.
    """
    stored = {concept: tuple(lists) for concept, lists in stored_lists(context.lake)}
    names = {source.name for source in context.settings.concepts}
    own = frozenset(concept for concept, lists in stored.items() if not names.isdisjoint(lists))
    thresholds = of_lists(context).thresholds
    return _of_corpus(context, corpus, Questions(stored, own, thresholds, _digest(stored, own, thresholds)))


def _of_corpus(context: Context, corpus: Corpus, asked: Questions) -> Questions:
    captions = context.settings.captions
    if captions is None or captions.match != "paper":
        return asked
    # Terms that occur nowhere in the corpus are dropped, so each shard's counts depend on all the others.
    spec = captions_spec(context.settings, corpus, context.identities)
    found = context.ledger.done(corpus.name, "captions", spec.id)
    fingerprints = sorted(row["fingerprint"] for row in found.values())
    return replace(asked, digest=_digest(asked.concepts, asked.run_concepts, asked.thresholds, fingerprints))


def of_lists(context: Context) -> Questions:
    """What a run asks of every corpus, made once per run: 500,000 concepts take seconds."""
    if context not in _MADE:
        settings = context.settings
        of_run = run_concepts(settings)
        concepts, own = lake_concepts(context.lake, settings, of_run), frozenset(of_run)
        tagger = settings.images.tagger if settings.images else None
        thresholds = tagger.thresholds if tagger else ()
        _MADE[context] = Questions(concepts, own, thresholds, _digest(concepts, own, thresholds))
    return _MADE[context]


def _digest(concepts: Mapping[str, Sequence[str]], own: frozenset[str], *more: Sequence[Any]) -> str:
    return digest([concepts, sorted(own), *more])


def tag_labels(settings: Settings, asked: Questions) -> dict[str, tuple[str, ...]]:
    """The concepts for which each label of the tagger stands.

    If the tagger has its own labels, a label answers the concept of its name. It also answers concepts that differ from
    it only in case and underscores, unless another label has exactly that name (ImageNet has a Cardigan, a dog, and a
    cardigan). The labels of an open-vocabulary tagger are the run's concepts.
    """
    tagger = settings.images.tagger if settings.images else None
    if tagger is None:
        return {}
    if tagger.kind == "clip":
        return {concept: (concept,) for concept in sorted(asked.run_concepts)}
    labels = _own_labels(tagger)
    alike: dict[str, list[str]] = {}
    for concept in asked.concepts.keys() - set(labels):
        alike.setdefault(spelling(concept), []).append(concept)
    own = {label: [label] if label in asked.concepts else [] for label in labels}
    answered = {label: tuple(own[label] + sorted(alike.get(spelling(label), ()))) for label in labels}
    return {label: concepts for label, concepts in answered.items() if concepts}


def _own_labels(tagger: Classifier | RamPlus) -> list[str]:
    """The labels that a tagger brings with it, sorted."""
    from udfs.images.models.ram_plus.labels import read_names
    from udfs.images.models.taggers.class_names import imagenet_names, read_classes

    if tagger.kind == "ram_plus":
        return sorted(read_names(tagger.labels))
    return sorted(set(read_classes(tagger.classes) if tagger.classes else imagenet_names()))
