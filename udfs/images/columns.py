"""Tags and embeddings as column functions, for anyone's own DataFrame with images in it.

A column of images is binary (the file's bytes) or string (URIs that executors can read). An image that cannot be read
or decoded gives null. Devices, decode threads and batches are those of the image stage. Spark passes a function up to
`spark.sql.execution.arrow.maxRecordsPerBatch` rows at a time (10,000 by default); set it lower for large images.

A request to an object store takes as long for a small image as for a larger one, so the images of a column of URIs are
fetched several at a time. That takes up to `FETCHED` bytes, and one image, in addition to the memory of a pipeline.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from udfs import statuses
from udfs.images.decode.policies import DEFAULT, ImagePolicy
from udfs.images.device.devices import decode_threads
from udfs.images.feature_rows import tags_array
from udfs.images.models.taggers import registry
from udfs.images.running.batches_in_flight import ItemFields
from udfs.images.running.loaded_models import ImageFindings, Models, load_models
from udfs.images.running.pipeline import Content, Pipeline
from udfs.schemas import FEATURES
from udfs.setup_errors import ModelError
from udfs.shards.image_reads import UnreadImage
from udfs.shards.uris import open_shard

if TYPE_CHECKING:
    from pyspark.sql import Column

ABSENT: Final = UnreadImage(statuses.NO_IMAGE, "null, or a URI that cannot be read")
# The most requests at a time, and the most bytes of all images that are fetched ahead of their turn.
FETCHES: Final = 16
FETCHED: Final = 32 << 20


def image_tags(
    column: Column | str,
    tagger: Mapping[str, Any],
    labels: Sequence[str] = (),
    floor: float | None = None,
    device: str = "auto",
    policy: ImagePolicy | None = None,
    precision: str = "auto",
) -> Column:
    """array<struct<label, score>>: the tags scored strictly above `floor`, best first.

    `tagger` is as in the settings of a run; its `threshold` is used for counting and ignored here. `labels`: the names
    that a zero-shot tagger looks for. `floor` None: the tagger's own, else that of a run (0.1; for ram_plus 0.3).
    `policy` None: the tagger's usual one. Raises ModelError for a key that the tagger does not have, and for a floor
    that is not between 0 and 1.
    """
    result: Column = image_tags_udf(tagger, labels, floor, device, policy, precision)(column)
    return result


def clip_embedding(
    column: Column | str,
    model: str,
    weights: str | None = None,
    device: str = "auto",
    policy: ImagePolicy | None = None,
    precision: str = "auto",
    **settings: Any,
) -> Column:
    """binary: the embedding as little-endian float16, which `udfs.images.models.embeddings.decode_embedding` decodes.

    `settings`: further keys of a run's embedder (sha256, normalize). `policy` None: the default one. Raises ModelError
    for a key that an embedder does not have.
    """
    embedder = {"model": model, "weights": weights, **settings}
    result: Column = clip_embedding_udf(embedder, device, policy, precision)(column)
    return result


def image_tags_udf(
    tagger: Mapping[str, Any],
    labels: Sequence[str] = (),
    floor: float | None = None,
    device: str = "auto",
    policy: ImagePolicy | None = None,
    precision: str = "auto",
) -> Any:
    """`image_tags` as a function object, which `spark.udf.register` takes."""
    tagger, labels = dict(tagger), tuple(labels)
    # This also checks the keys, so that a mistake is reported here and not by a task.
    usual = registry.default_policy(tagger)
    above = _floor(tagger, floor)

    def tags(columns: Iterator[pa.Array]) -> Iterator[pa.Array]:
        first = next(columns, None)
        # A worker without rows loads no model.
        if first is None:
            return
        models = load_models(tagger, None, labels, floor=above, device=device, precision=precision)
        assert models.tagger is not None
        for found in look(chain([first], columns), models, policy or usual):
            yield tags_array(found, models.tagger.labels)

    return _arrow_udf(tags, FEATURES.field("tags").type)


def clip_embedding_udf(
    embedder: Mapping[str, Any], device: str = "auto", policy: ImagePolicy | None = None, precision: str = "auto"
) -> Any:
    """`clip_embedding` as a function object, which `spark.udf.register` takes."""
    embedder = dict(embedder)
    registry.check_embedder(embedder)

    def embeddings(columns: Iterator[pa.Array]) -> Iterator[pa.Array]:
        first = next(columns, None)
        if first is None:
            return
        models = load_models(None, embedder, device=device, precision=precision)
        for found in look(chain([first], columns), models, policy or DEFAULT):
            yield pa.array([None if one is None else one.embedding for one in found], pa.binary())

    return _arrow_udf(embeddings, pa.binary())


def _floor(tagger: Mapping[str, Any], given: float | None) -> float:
    """The floor that the caller gives, else the tagger's own, else the default of its kind."""
    floor = tagger.get("floor", registry.default_floor(tagger)) if given is None else given
    if not isinstance(floor, int | float) or not 0 <= floor <= 1:
        raise ModelError(f"floor {floor!r}: expected a number from 0 to 1, as the argument `floor` or in the tagger")
    return float(floor)


@dataclass
class _Image(ItemFields[ImageFindings]):
    """An image of a column, or the mark after the last image of a column."""

    end: bool = False


def look(columns: Iterable[pa.Array], models: Models, policy: ImagePolicy) -> Iterator[list[ImageFindings | None]]:
    """For each Arrow column the findings of the models in its images, in order; None for an image without pixels.

    A batch may hold images of consecutive columns.
    """
    found: list[ImageFindings | None] = []
    for image in Pipeline(models, policy, decode_threads(models.device)).run(_contents(columns, policy)):
        if image.end:
            yield found
            found = []
        else:
            found.append(image.found)


def _contents(columns: Iterable[pa.Array], policy: ImagePolicy) -> Iterator[tuple[_Image, Content]]:
    """Each column's images with their bytes, or the reason why there are none, and then a mark."""
    pool = ThreadPoolExecutor(FETCHES, "fetch")
    try:
        for images in columns:
            if pa.types.is_string(images.type) or pa.types.is_large_string(images.type):
                contents = _fetched((uri.as_py() for uri in images), policy.max_bytes, pool)
            else:
                contents = (image.as_py() if image.is_valid else ABSENT for image in images)
            for content in contents:
                yield _Image(), content
            yield _Image(end=True), ABSENT
    finally:
        # Images that are still being fetched are of no use, and may never come.
        pool.shutdown(wait=False, cancel_futures=True)


def _fetched(uris: Iterator[str | None], most: int, pool: Executor) -> Iterator[Content]:
    """The bytes at each URI, in order, or ABSENT if nothing can be read.

    At most `most` bytes are read, and one more to show the decoder that there are more. Files are opened ahead, which
    gives their lengths, and then read ahead up to `FETCHED` bytes in all. The next file is read in any case.
    """
    opened: deque[Future[tuple[Any, int]]] = deque()
    read: deque[tuple[Future[Content], int]] = deque()
    held = 0
    while True:
        room = 2 * FETCHES - len(opened) - len(read)
        opened.extend(pool.submit(_open, uri, most) for uri in islice(uris, room))
        while opened and (not read or (opened[0].done() and held + opened[0].result()[1] <= FETCHED)):
            file, size = opened.popleft().result()
            read.append((pool.submit(_read, file, size), size))
            held += size
        if not read:
            return
        content, size = read.popleft()
        yield content.result()
        held -= size


def _open(uri: str | None, most: int) -> tuple[Any, int]:
    """The file, and the number of bytes to read: its length or `most`, plus one. None and 0 if there is no file."""
    try:
        if uri is not None:
            file = open_shard(uri)
            return file, min(file.size(), most) + 1
    except (OSError, ValueError):  # absent, or not a URI: null, as for an image that cannot be decoded
        pass
    return None, 0


def _read(file: Any, size: int) -> Content:
    if file is None:
        return ABSENT
    try:
        with file:
            return bytes(file.read(size))
    except (OSError, ValueError):
        return ABSENT


def _arrow_udf(function: Callable[[Iterator[pa.Array]], Iterator[pa.Array]], returns: pa.DataType) -> Any:
    from pyspark.sql.functions import arrow_udf
    from pyspark.sql.pandas.types import from_arrow_type

    # pyspark types the function by overloads that fit only a decorated literal function.
    return arrow_udf(function, from_arrow_type(returns))  # type: ignore[call-overload]
