"""The nested specs of the stages, which connect the stages without imports of each other.

A stage's spec holds the specs of the stages before it, so the id of a count names the text spec, the tagger spec and
the match mode. Concept lists and thresholds are input, not settings: a longer list makes shards pending again under the
same spec.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from jobs.core.identities import Identities
from jobs.core.listing import make_reader
from jobs.core.sections import (
    captions_section,
    clip_config,
    embedder_config,
    image_policy,
    images_section,
    naming,
    tagger_config,
)
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus, EvaluationSet, ShardSource
from jobs.settings.law import EvaluationModel
from jobs.settings.settings import Settings
from jobs.settings.text_search import Captions
from udfs.attributes.names import Attribute
from udfs.text.modes import INDEX_OF

# A stage's number is raised with every change of its code that can change a row.
VERSIONS = {
    "ingest": 2,
    "captions": 2,
    "images": 3,
    "index": 1,
    "attributes": 1,
    "text": 1,
    "image": 2,
    "integrated": 1,
    "evaluate": 3,
    "retrieval": 1,
    "nearest": 1,
    "queries": 1,
}


def samples_spec(corpus: Corpus) -> Spec:
    """The spec of the samples: the format and the reader's options. The path is not in it: a corpus may move."""
    body = {"version": VERSIONS["ingest"], "format": corpus.format, "options": reader_options(corpus)}
    return Spec("ingest", body)


def reader_options(source: ShardSource) -> dict[str, Any]:
    """The options of a source's reader that differ from its defaults, so a default may be written out or left out."""
    reader = make_reader(source)
    found = {field.name: getattr(reader, field.name) for field in fields(reader)}
    return {field.name: found[field.name] for field in fields(reader) if found[field.name] != field.default}


def captions_spec(settings: Settings, corpus: Corpus, identities: Identities) -> Spec:
    """The spec of the nouns, or of another index: the samples, the pipeline, and how captions are cleaned and cut.

    Match modes with the same index have the same spec, except `paper`, which searches captions as they are. The index
    of nouns is not named in the spec, because it was the first. The engine is not part of it: both engines find the
    same nouns, on every caption (tests) and on those that a run compares.
    """
    captions = captions_section(settings)
    index = INDEX_OF[captions.match]
    body: dict[str, Any] = {
        "version": VERSIONS["captions"],
        "samples": samples_spec(corpus).body,
        "clean": captions.cleans,
        "max_characters": captions.max_characters,
    }
    if index != "nouns":
        body["index"] = index
    if index != "text":
        with naming("captions.pipeline"):
            body["pipeline"] = identities.of("pipeline", {"name": captions.pipeline})
    return Spec("captions", body)


def images_spec(settings: Settings, corpus: Corpus, identities: Identities) -> Spec:
    """The spec of tags and embeddings: the samples, the models with their weights, the image policies, the floor.

    Hashes are named only if they are asked for, because specs of earlier releases had none.
    """
    images = images_section(settings)
    with naming("images"):
        tagger = identities.of("tagger", tagger_config(images)) if images.tagger else None
        embedder = identities.of("embedder", embedder_config(images)) if images.embedder else None
    body = {
        "version": VERSIONS["images"],
        "samples": samples_spec(corpus).body,
        "policy": image_policy(images).identity(),
        "tagger": tagger,
        "floor": images.tagger.floor if images.tagger else None,
        "embedder": embedder,
    }
    # A precision left to the device is not in the spec, so that results of a GPU and of a CPU stand together.
    if images.precision != "auto":
        body["precision"] = images.precision
    if images.hashes:
        body["hashes"] = sorted(set(images.hashes))
    return Spec("images", body)


def index_specs(settings: Settings, corpus: Corpus, identities: Identities) -> dict[str, Spec]:
    """The specs of the postings, by the search that they answer; texts for substring search have none.

    Only `paper` tells keys apart by case.
    """
    specs = {}
    if settings.captions and "text" in settings.indexed:
        body = {"version": VERSIONS["index"], "captions": captions_spec(settings, corpus, identities).body}
        kept = {"case": "kept"} if settings.captions.keeps_case else {}
        specs["text"] = Spec("index-text", {**body, **kept})
    if "image" in settings.indexed:
        images = images_spec(settings, corpus, identities)
        specs["image"] = Spec("index-image", {"version": VERSIONS["index"], "images": images.body})
    return specs


def attribute_specs(settings: Settings, corpus: Corpus, identities: Identities) -> dict[Attribute, Spec]:
    """The specs of the postings of attributes, one for each, so that one more is indexed alone."""
    specs = {}
    for attribute in settings.attributes:
        body: dict[str, Any] = {"version": VERSIONS["attributes"], "samples": samples_spec(corpus).body}
        if attribute == "language" or attribute == "domain":
            with naming(f"attributes: {attribute}"):
                body["told_by"] = identities.of(attribute, {})
        specs[attribute] = Spec(f"attribute-{attribute}", body)
    return specs


def search_specs(settings: Settings, corpus: Corpus, identities: Identities) -> dict[str, Spec]:
    """The specs of the searches that the settings allow, by search."""
    specs = {}
    if settings.captions:
        captions = captions_spec(settings, corpus, identities)
        body: dict[str, Any] = {"captions": captions.body, "match": settings.captions.match}
        if settings.captions.match == "substring":
            body["ignore_case"] = settings.captions.ignore_case
        specs["text"] = Spec("text", {"version": VERSIONS["text"], **body})
    if settings.images and settings.images.tagger:
        images = images_spec(settings, corpus, identities)
        specs["image"] = Spec("image", {"version": VERSIONS["image"], "images": images.body})
    if len(specs) == 2:
        both = {"text": specs["text"].body, "image": specs["image"].body}
        specs["integrated"] = Spec("integrated", {"version": VERSIONS["integrated"], **both})
    return specs


def evaluation_spec(
    one_set: EvaluationSet, model: EvaluationModel, identities: Identities, captions: Captions | None = None
) -> Spec:
    """The spec of a model's scores on a set. The images and the classes are input, and not part of it.

    captions: how the captions of a retrieval set are searched for concepts.
    """
    samples = {"format": one_set.format, "options": reader_options(one_set)}
    with naming(f"evaluate.models.{model.name}"):
        identity = identities.of("evaluated", clip_config(model))
    body = {"version": VERSIONS["evaluate"], "samples": samples, "model": identity}
    if one_set.task == "retrieval":
        assert captions is not None
        with naming("captions.pipeline"):
            pipeline = identities.of("pipeline", {"name": captions.pipeline})
        search = {"pipeline": pipeline, "clean": captions.clean, "max_characters": captions.max_characters}
        body |= {"version": VERSIONS["retrieval"], "task": "retrieval", "captions": search}
    return Spec("evaluate", body)


def nearest_spec(settings: Settings, corpus: Corpus, one_set: EvaluationSet, identities: Identities) -> Spec:
    """The spec of the nearest samples of a corpus to a set's images: both are embedded as the corpus's images are."""
    read = {"name": one_set.name, "format": one_set.format, "options": reader_options(one_set)}
    images = images_spec(settings, corpus, identities)
    return Spec("nearest", {"version": VERSIONS["nearest"], "set": read, "images": images.body})
