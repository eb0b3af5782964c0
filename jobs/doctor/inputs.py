"""The inputs of a run in the settings: corpora, sets, concept lists, pipelines, models, and MLflow's store.

Each is checked from the driver; `executors` does the same for the inputs that executors read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobs.concepts.lists import list_names
from jobs.core.identities import Identities
from jobs.core.listing import Listings, list_shards
from jobs.core.mlflow_store import shown, tracking_of
from jobs.core.sections import captions_section, clip_config, embedder_config, naming, noun_engine, tagger_config
from jobs.doctor.findings import Finding, tried
from jobs.errors import ConceptfreqError
from jobs.settings.corpora import ShardSource
from jobs.settings.settings import Settings
from jobs.stages.inputs import check_tracking
from udfs.inspection import read_first
from udfs.shards.uris import join
from udfs.text.modes import INDEX_OF
from udfs.text.pipelines import pipeline_identity

REACH = "give the driver access, by its environment or a profile (docs/lakes.md)"
# Settings of a model that name a file.
FILES = ("weights", "labels", "classes", "tokenizer")


def look(settings: Settings) -> Iterator[Finding]:
    """One finding for each thing that the settings name."""
    for kind, source in _sources(settings):
        yield tried(f"{kind} {source.name}", lambda one=source: _read_shard(one), REACH)  # type: ignore[misc]
    for names in settings.concepts:
        yield tried(f"concepts {names.name}", lambda one=names: f"{len(list_names(one))} names")  # type: ignore[misc]
    if settings.captions:
        yield tried("captions", lambda: _pipeline(settings))
    yield from _models(settings)
    if settings.fit:
        yield tried("mlflow", lambda: _store(settings))


def first_shards(settings: Settings) -> Iterator[str]:
    """The URI of one shard of each corpus and set; if a source cannot be listed, its path."""
    for _, source in _sources(settings):
        try:
            listing = list_shards(source)
        except ConceptfreqError:
            yield source.path
        else:
            yield join(listing.root, listing.shards[0].name)


def model_files(settings: Settings) -> Iterator[str]:
    """The model files in the settings that executors load."""
    images, evaluate = settings.images, settings.evaluate
    models = [images.tagger, images.embedder] if images else []
    for model in (*models, *(evaluate.models if evaluate else ())):
        named = model.model_dump(exclude_none=True) if model else {}
        yield from (named[key] for key in FILES if key in named)


def _sources(settings: Settings) -> Iterator[tuple[str, ShardSource]]:
    yield from (("corpus", corpus) for corpus in settings.corpora)
    yield from (("set", one) for one in (settings.evaluate.sets if settings.evaluate else ()))


def _read_shard(source: ShardSource) -> str:
    listing = list_shards(source)
    name = listing.shards[0].name
    return f"{len(listing.shards)} shards, {listing.bytes:,} bytes; {name} {read_first(join(listing.root, name))}"


def _pipeline(settings: Settings) -> str:
    captions = captions_section(settings)
    if INDEX_OF[captions.match] == "text":
        return "captions are searched as they are, without a pipeline"
    with naming("captions.pipeline"):
        identity = pipeline_identity(captions.pipeline)
    return f"{identity['name']} {identity['version']}; nouns by {noun_engine(captions).note}"


def _models(settings: Settings) -> Iterator[Finding]:
    """Weights, labels and tokenizers, by their digests: nothing is built."""
    images, evaluate, identities = settings.images, settings.evaluate, Identities()
    if images and images.tagger:
        yield tried("images.tagger", lambda: _weights(identities.of("tagger", tagger_config(images))))
    if images and images.embedder:
        yield tried("images.embedder", lambda: _weights(identities.of("embedder", embedder_config(images))))
    for model in evaluate.models if evaluate else ():
        config = clip_config(model)
        yield tried(f"evaluate.models.{model.name}", lambda one=config: _weights(identities.of("evaluated", one)))  # type: ignore[misc]


def _weights(identity: Mapping[str, Any]) -> str:
    if identity.get("kind") == "annotations":
        return f"{identity['field']} with {identity['scores']}, as the samples carry them: no model is needed"
    return f"its files are there, weights with sha256 {identity['weights'][:12]}..."


def _store(settings: Settings) -> str:
    check_tracking(settings, Listings())
    tracking = tracking_of(settings)
    return f"{shown(tracking.uri)} takes runs of the experiment {tracking.experiment}"
