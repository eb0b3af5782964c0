"""Registers the column functions for SQL, in one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from udfs.images.decode.policies import ImagePolicy
    from udfs.text.engines import EngineName


def register(
    spark: SparkSession,
    *,
    pipeline: str | None = "en_core_web_sm",
    engine: EngineName = "fast",
    clean: bool = True,
    tagger: Mapping[str, Any] | None = None,
    embedder: Mapping[str, Any] | None = None,
    labels: Sequence[str] = (),
    floor: float | None = None,
    device: str = "auto",
    policy: ImagePolicy | None = None,
    precision: str = "auto",
) -> tuple[str, ...]:
    """Register noun_lemmas(caption) and, if their models are named, image_tags(image) and clip_embedding(image).

    Returns the names that SQL now knows. `tagger` and `embedder` are sections of a run's settings; `pipeline` None
    leaves the nouns out. The other arguments are those of the functions of these names. `device`, `policy` and
    `precision` apply to both image functions; without a `policy` each uses its own. Raises ModelError for settings
    that do not fit.
    """
    functions: dict[str, Any] = {}
    if pipeline is not None:
        functions["noun_lemmas"] = _noun_lemmas(pipeline, engine, clean)
    if tagger is not None:
        from udfs.images.columns import image_tags_udf

        functions["image_tags"] = image_tags_udf(tagger, labels, floor, device, policy, precision)
    if embedder is not None:
        from udfs.images.columns import clip_embedding_udf

        functions["clip_embedding"] = clip_embedding_udf(embedder, device, policy, precision)
    for name, function in functions.items():
        spark.udf.register(name, function)
    return tuple(functions)


def _noun_lemmas(pipeline: str, engine: EngineName, clean: bool) -> Any:
    from pyspark.sql.functions import arrow_udf

    from udfs.text.columns import noun_arrays

    def lemmas(batches: Iterator[pa.Array]) -> Iterator[pa.Array]:
        for captions in batches:
            yield noun_arrays(captions, pipeline, engine, clean)

    return arrow_udf(lemmas, "array<string>")  # type: ignore[call-overload]
