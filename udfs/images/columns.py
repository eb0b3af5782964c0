"""Tags and embeddings as column functions, for anyone's own DataFrame with images in it.

A column of images is binary (the file's bytes) or string (each a URI that executors can read). What cannot be
read or decoded is null. Devices, decode threads and batches are those of the image stage. Spark hands a function up to
`spark.sql.execution.arrow.maxRecordsPerBatch` rows at a time: with large images in the column, set it lower than its
10,000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from udfs import statuses
from udfs.images.batching import Found, Models, load_models
from udfs.images.devices import choose_device, decode_threads
from udfs.images.pipeline import Content, Pipeline
from udfs.images.policies import DEFAULT, ImagePolicy
from udfs.images.rows import tags_array
from udfs.images.taggers import registry
from udfs.images.turns import turn
from udfs.shards.images import Problem
from udfs.shards.uris import open_shard

if TYPE_CHECKING:
    from pyspark.sql import Column

ABSENT = Problem(statuses.NO_IMAGE, "null, or a URI that cannot be read")


def image_tags(
    column: Column | str,
    tagger: Mapping[str, Any],
    labels: Sequence[str] = (),
    floor: float = 0.1,
    device: str = "auto",
    policy: ImagePolicy | None = None,
    precision: str = "auto",
) -> Column:
    """array<struct<label, score>>: the tags scored strictly above `floor`, best first. `tagger` as in the
    settings; `policy` None: as is usual for the tagger.
    """
    result: Column = image_tags_udf(tagger, labels, floor, device, policy, precision)(column)
    return result


def clip_embedding(
    column: Column | str,
    model: str,
    weights: str | None = None,
    device: str = "auto",
    policy: ImagePolicy = DEFAULT,
    precision: str = "auto",
    **settings: Any,
) -> Column:
    """binary: the embedding as little-endian float16; `udfs.images.embeddings.decode_embedding` makes numbers
    of it.
    """
    embedder = {"model": model, "weights": weights, **settings}
    result: Column = clip_embedding_udf(embedder, device, policy, precision)(column)
    return result


def image_tags_udf(
    tagger: Mapping[str, Any],
    labels: Sequence[str] = (),
    floor: float = 0.1,
    device: str = "auto",
    policy: ImagePolicy | None = None,
    precision: str = "auto",
) -> Any:
    """`image_tags` as a function object, which `spark.udf.register` takes."""
    tagger, labels = dict(tagger), tuple(labels)

    def tags(columns: Iterator[pa.Array]) -> Iterator[pa.Array]:
        chosen = choose_device(device)
        with turn(chosen):
            models = load_models(tagger, None, labels, floor=floor, device=str(chosen), precision=precision)
            assert models.tagger is not None
            for found in look(columns, models, policy or registry.default_policy(tagger)):
                yield tags_array(found, models.tagger.labels)

    return _arrow_udf(tags, "array<struct<label:string,score:float>>")


def clip_embedding_udf(
    embedder: Mapping[str, Any], device: str = "auto", policy: ImagePolicy = DEFAULT, precision: str = "auto"
) -> Any:
    """`clip_embedding` as a function object, which `spark.udf.register` takes."""
    embedder = dict(embedder)

    def embeddings(columns: Iterator[pa.Array]) -> Iterator[pa.Array]:
        chosen = choose_device(device)
        with turn(chosen):
            models = load_models(None, embedder, device=str(chosen), precision=precision)
            for found in look(columns, models, policy):
                yield pa.array([None if one is None else one.embedding for one in found], pa.binary())

    return _arrow_udf(embeddings, "binary")


@dataclass
class _Image:
    """An image of a column, or the mark behind its last one."""

    end: bool = False
    status: str = statuses.OK
    detail: str | None = None
    found: Found | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def look(columns: Iterable[pa.Array], models: Models, policy: ImagePolicy) -> Iterator[list[Found | None]]:
    """For each Arrow column what the models find in its images, in order; None where there is nothing to look at.

    A batch goes on from one column to the next.
    """
    found: list[Found | None] = []
    for image in Pipeline(models, policy, decode_threads(models.device)).run(_contents(columns, policy)):
        if image.end:
            yield found
            found = []
        else:
            found.append(image.found)


def _contents(columns: Iterable[pa.Array], policy: ImagePolicy) -> Iterator[tuple[_Image, Content]]:
    for images in columns:
        read = _read_uri if pa.types.is_string(images.type) or pa.types.is_large_string(images.type) else _as_it_is
        for image in images:
            yield _Image(), _content(image, read, policy)
        yield _Image(end=True), ABSENT


def _content(image: pa.Scalar, read: Callable[[Any, ImagePolicy], Content], policy: ImagePolicy) -> Content:
    return read(image.as_py(), policy) if image.is_valid else ABSENT


def _as_it_is(image: bytes, _: ImagePolicy) -> bytes:
    return image


def _read_uri(uri: str, policy: ImagePolicy) -> Content:
    try:
        with open_shard(uri) as file:
            # One byte more than is allowed tells the decoder that the file is too large.
            data: bytes = file.read(policy.max_bytes + 1)
            return data
    except (
        OSError,
        ValueError,
    ):  # not there, not readable, or not a URI: null, as for what cannot be decoded
        return ABSENT


def _arrow_udf(function: Callable[[Iterator[pa.Array]], Iterator[pa.Array]], returns: str) -> Any:
    from pyspark.sql.functions import arrow_udf

    # pyspark types the function by overloads that only a decorated literal function meets.
    return arrow_udf(function, returns)  # type: ignore[call-overload]
