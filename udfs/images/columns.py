"""Tags and embeddings as column functions, for anyone's own DataFrame with images in it.

A column of images is binary (the file's bytes) or string (each a URI that executors can read). What cannot be
read or decoded is null. Spark hands a function up to `spark.sql.execution.arrow.maxRecordsPerBatch` rows at a
time: with large images in the column, set it lower than its 10,000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from udfs.images.batching import Found, Models, load_models
from udfs.images.batching import look as look_at
from udfs.images.decoding import DEFAULT, ImagePolicy
from udfs.images.preparation import prepare
from udfs.images.task import tags_array
from udfs.shards.uris import open_shard

if TYPE_CHECKING:
    from pyspark.sql import Column

BATCH = 32


def image_tags(
    column: Column | str,
    tagger: Mapping[str, Any],
    labels: Sequence[str] = (),
    floor: float = 0.1,
    device: str = "auto",
    policy: ImagePolicy = DEFAULT,
) -> Column:
    """array<struct<label, score>>: the tags scored strictly above `floor`, best first. `tagger` as in the
    settings.
    """
    result: Column = image_tags_udf(tagger, labels, floor, device, policy)(column)
    return result


def clip_embedding(
    column: Column | str,
    model: str,
    weights: str | None = None,
    device: str = "auto",
    policy: ImagePolicy = DEFAULT,
    **settings: Any,
) -> Column:
    """binary: the embedding as little-endian float16; `udfs.images.embeddings.decode_embedding` makes numbers
    of it.
    """
    embedder = {"model": model, "weights": weights, **settings}
    result: Column = clip_embedding_udf(embedder, device, policy)(column)
    return result


def image_tags_udf(
    tagger: Mapping[str, Any],
    labels: Sequence[str] = (),
    floor: float = 0.1,
    device: str = "auto",
    policy: ImagePolicy = DEFAULT,
) -> Any:
    """`image_tags` as a function object, which `spark.udf.register` takes."""
    tagger, labels = dict(tagger), tuple(labels)

    def tags(columns: Iterator[pa.Array]) -> Iterator[pa.Array]:
        models = load_models(tagger, None, labels, floor=floor, batch_size=BATCH, device=device)
        assert models.tagger is not None
        for column in columns:
            yield tags_array(list(look(column, models, policy)), models.tagger.labels)

    return _arrow_udf(tags, "array<struct<label:string,score:float>>")


def clip_embedding_udf(embedder: Mapping[str, Any], device: str = "auto", policy: ImagePolicy = DEFAULT) -> Any:
    """`clip_embedding` as a function object, which `spark.udf.register` takes."""
    embedder = dict(embedder)

    def embeddings(columns: Iterator[pa.Array]) -> Iterator[pa.Array]:
        models = load_models(None, embedder, batch_size=BATCH, device=device)
        for column in columns:
            found = look(column, models, policy)
            yield pa.array([None if one is None else one.embedding for one in found], pa.binary())

    return _arrow_udf(embeddings, "binary")


def look(images: pa.Array, models: Models, policy: ImagePolicy) -> Iterator[Found | None]:
    """What the models find in each image of an Arrow column, in order; None where there is nothing to look
    at.
    """
    read = _read_uri if pa.types.is_string(images.type) or pa.types.is_large_string(images.type) else _as_it_is
    for start in range(0, len(images), models.batch_size):
        part = images.slice(start, models.batch_size)
        yield from _look(_contents(part, read, policy), models, policy)


def _look(contents: Iterable[bytes | None], models: Models, policy: ImagePolicy) -> Iterator[Found | None]:
    ready = [None if data is None else prepare(data, models.views, policy).pixels for data in contents]
    present = [pixels for pixels in ready if pixels is not None]
    results = iter(look_at(models, present) if present else [])
    for pixels in ready:
        yield None if pixels is None else next(results)


def _contents(
    images: pa.Array, read: Callable[[Any, ImagePolicy], bytes | None], policy: ImagePolicy
) -> Iterator[bytes | None]:
    for image in images:
        yield read(image.as_py(), policy) if image.is_valid else None


def _as_it_is(image: bytes, _: ImagePolicy) -> bytes:
    return image


def _read_uri(uri: str, policy: ImagePolicy) -> bytes | None:
    try:
        with open_shard(uri) as file:
            # One byte more than is allowed tells the decoder that the file is too large.
            data: bytes = file.read(policy.max_bytes + 1)
            return data
    except (
        OSError,
        ValueError,
    ):  # not there, not readable, or not a URI: null, as for what cannot be decoded
        return None


def _arrow_udf(function: Callable[[Iterator[pa.Array]], Iterator[pa.Array]], returns: str) -> Any:
    from pyspark.sql.functions import arrow_udf

    # pyspark types the function by overloads that only a decorated literal function meets.
    return arrow_udf(function, returns)  # type: ignore[call-overload]
