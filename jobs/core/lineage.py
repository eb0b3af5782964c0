"""How stages hang together without importing each other: the spec of each, nested, and the units that one passes on.

A stage's spec holds those of the stages before it, so the id of a count names the text spec, the tagger spec and the
match mode. Concept lists and thresholds are input, not settings: a list that grew makes shards pending again under the
same spec.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core.concepts import run_concepts
from jobs.core.context import Context
from jobs.core.errors import SettingsError
from jobs.core.frames import of_shards
from jobs.core.labels import with_labels
from jobs.core.ledger import Unit
from jobs.core.listing import make_reader
from jobs.core.settings import Captions, Corpus, EvaluationModel, EvaluationSet, Images, Settings, ShardSource
from jobs.core.slices import spark_condition
from jobs.core.specs import Spec, digest
from udfs.images.devices import DeviceError
from udfs.statuses import OK
from udfs.text.modes import INDEX_OF

if TYPE_CHECKING:
    from udfs.images.policies import ImagePolicy
    from udfs.text.engines import Engine

# Each is raised with every change of the stage's code that can change a row.
VERSIONS = {
    "ingest": 2,
    "captions": 2,
    "images": 3,
    "text": 1,
    "image": 2,
    "integrated": 1,
    "evaluate": 3,
    "queries": 1,
}


def samples_spec(corpus: Corpus) -> Spec:
    """What decides the samples: format and the reader's options. Not the path: a corpus may move."""
    body = {"version": VERSIONS["ingest"], "format": corpus.format, "options": reader_options(corpus)}
    return Spec("ingest", body)


def reader_options(source: ShardSource) -> dict[str, Any]:
    """The options of a source's reader that are not its defaults: one spelled out is one left out."""
    reader = make_reader(source)
    found = {field.name: getattr(reader, field.name) for field in fields(reader)}
    return {field.name: found[field.name] for field in fields(reader) if found[field.name] != field.default}


def captions_spec(settings: Settings, corpus: Corpus) -> Spec:
    """What decides the nouns, or another index: the samples, the pipeline, and how captions are cleaned and cut.

    Match modes with the same index have the same spec, but for `paper`, which searches captions as they are. Nouns are
    not named in it, as they were there first. The engine is not part of it: both find the same nouns, on every caption
    (tests) and on those that a run compares.
    """
    from udfs.text.nouns import pipeline_identity

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
            body["pipeline"] = pipeline_identity(captions.pipeline)
    return Spec("captions", body)


def images_spec(settings: Settings, corpus: Corpus) -> Spec:
    """What decides tags and embeddings: the samples, the models with their weights, the image policies, the floor."""
    from udfs.images.taggers.registry import embedder_identity, tagger_identity

    images = images_section(settings)
    with naming("images"):
        tagger = tagger_identity(tagger_config(images)) if images.tagger else None
        embedder = embedder_identity(images.embedder.model_dump(exclude_none=True)) if images.embedder else None
    body = {
        "version": VERSIONS["images"],
        "samples": samples_spec(corpus).body,
        "policy": image_policy(images).identity(),
        "tagger": tagger,
        "floor": images.tagger.floor if images.tagger else None,
        "embedder": embedder,
    }
    # What is left to the device is not said: results of a GPU and of a CPU stand together then.
    if images.precision != "auto":
        body["precision"] = images.precision
    return Spec("images", body)


def search_specs(settings: Settings, corpus: Corpus) -> dict[str, Spec]:
    """The specs of the searches that the settings allow, by search."""
    specs = {}
    if settings.captions:
        body: dict[str, Any] = {"captions": captions_spec(settings, corpus).body, "match": settings.captions.match}
        if settings.captions.match == "substring":
            body["ignore_case"] = settings.captions.ignore_case
        specs["text"] = Spec("text", {"version": VERSIONS["text"], **body})
    if settings.images and settings.images.tagger:
        specs["image"] = Spec("image", {"version": VERSIONS["image"], "images": images_spec(settings, corpus).body})
    if len(specs) == 2:
        both = {"text": specs["text"].body, "image": specs["image"].body}
        specs["integrated"] = Spec("integrated", {"version": VERSIONS["integrated"], **both})
    return specs


def stage_specs(stage: str, settings: Settings, corpus: Corpus) -> tuple[Spec, ...]:
    """The specs that a stage of a corpus writes under these settings."""
    if stage == "count":
        return tuple(search_specs(settings, corpus).values())
    if stage == "ingest":
        return (samples_spec(corpus),)
    return ((captions_spec if stage == "captions" else images_spec)(settings, corpus),)


def evaluation_spec(one_set: EvaluationSet, model: EvaluationModel) -> Spec:
    """What decides the accuracy of a model on a set, besides the images and the classes, which are input."""
    from udfs.images import text_tokens
    from udfs.images.clip_model import clip_identity

    samples = {"format": one_set.format, "options": reader_options(one_set)}
    with naming(f"evaluate.models.{model.name}"):
        identity = {**clip_identity(clip_config(model)), **text_tokens.identity(clip_config(model))}
    return Spec("evaluate", {"version": VERSIONS["evaluate"], "samples": samples, "model": identity})


@contextmanager
def naming(setting: str) -> Iterator[None]:
    """What cannot be found or read for a setting is a SettingsError that names it."""
    try:
        yield
    except (OSError, ValueError, ImportError, DeviceError) as error:
        raise SettingsError(f"{setting}: {error}") from None


def clip_config(model: EvaluationModel) -> dict[str, object]:
    """The model's settings as executors take them."""
    return model.model_dump(exclude_none=True, exclude={"name"})


def captions_section(settings: Settings) -> Captions:
    """The section of text search, which a stage needs."""
    if settings.captions is None:
        raise SettingsError(f"{settings.name}: text search needs the section 'captions'")
    return settings.captions


def noun_engine(captions: Captions) -> Engine:
    """The engine that finds nouns under these settings, loaded in this process."""
    from udfs.text.engines import load_engine

    with naming("captions.pipeline"):
        return load_engine(captions.pipeline, captions.engine, captions.check_share)


def images_section(settings: Settings) -> Images:
    """The section of image search, which a stage needs."""
    if settings.images is None:
        raise SettingsError(f"{settings.name}: image search needs the section 'images'")
    return settings.images


def tagger_config(images: Images) -> dict[str, object]:
    """The tagger's settings without what only counting needs."""
    assert images.tagger is not None
    return images.tagger.model_dump(exclude_none=True, exclude={"floor", "threshold"})


def image_policy(images: Images) -> ImagePolicy:
    """How images are read: what the settings say, and where they say nothing, what is usual for the tagger's family."""
    from udfs.images.taggers.registry import default_policy

    usual = default_policy(tagger_config(images) if images.tagger else None)
    return replace(usual, **images.policy.model_dump(exclude_none=True))


def tagger_labels(images: Images, settings: Settings) -> tuple[str, ...]:
    """The names that an open-vocabulary tagger is asked for: the run's concepts. Others bring their own labels."""
    if images.tagger is None or images.tagger.kind != "clip":
        return ()
    return tuple(run_concepts(settings))


def image_units(context: Context, corpus: Corpus) -> tuple[Unit, ...]:
    """The units of image search. A softmax over labels changes with each of them: fingerprints tell them too."""
    labels = tagger_labels(images_section(context.settings), context.settings)
    units = sample_units(context, corpus)
    return with_labels(units, labels) if labels else units


def sample_units(context: Context, corpus: Corpus) -> tuple[Unit, ...]:
    """The shards whose samples are read, as units: work is rows, samples those that are ok.

    The fingerprint changes with what was read.
    """
    read = context.ledger.done(corpus.name, "ingest", samples_spec(corpus).id)
    return tuple(
        Unit(
            shard,
            # The empty string is in the fingerprints of lakes there are.
            result_digest(row, ""),
            work=row["samples"],
            bytes=row["bytes"],
            samples=row["statuses"].get(OK, 0),
        )
        for shard, row in sorted(read.items())
    )


def result_digest(row: Mapping[str, Any], *salt: Any) -> str:
    """Tells when the result of a ledger's row has changed: its input did, or another attempt came out otherwise."""
    return digest([row["fingerprint"], row["statuses"], salt])[:24]


def samples(context: Context, corpus: Corpus, wave: Sequence[Unit]) -> DataFrame:
    """The usable samples of a wave's shards."""
    return shard_rows(context, "samples", corpus, samples_spec(corpus), wave).where(F.col("status") == OK)


def shard_rows(context: Context, table: str, corpus: Corpus, spec: Spec, wave: Sequence[Unit]) -> DataFrame:
    """A table's rows of a wave's shards under one spec."""
    rows = context.lake.read(table).where(spark_condition({"corpus": corpus.name, "spec": spec.id}))
    return of_shards(rows, [unit.shard for unit in wave])
