"""The column functions under their names for SQL, in one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def register(
    spark: SparkSession,
    *,
    pipeline: str | None = "en_core_web_sm",
    tagger: Mapping[str, Any] | None = None,
    embedder: Mapping[str, Any] | None = None,
    labels: Sequence[str] = (),
    floor: float = 0.1,
    device: str = "auto",
) -> tuple[str, ...]:
    """Register noun_lemmas(caption), and image_tags(image), clip_embedding(image) where their models are
    named.

    Returns the names that SQL knows now. `tagger` and `embedder` are the sections of the settings, `labels`
    the names that a zero-shot tagger looks for; `pipeline` None leaves the nouns out.
    """
    functions: dict[str, Any] = {}
    if pipeline is not None:
        functions["noun_lemmas"] = _noun_lemmas(pipeline)
    if tagger is not None:
        from udfs.images.columns import image_tags_udf

        functions["image_tags"] = image_tags_udf(tagger, labels, floor, device)
    if embedder is not None:
        from udfs.images.columns import clip_embedding_udf

        functions["clip_embedding"] = clip_embedding_udf(embedder, device)
    for name, function in functions.items():
        spark.udf.register(name, function)
    return tuple(functions)


def _noun_lemmas(pipeline: str) -> Any:
    from pyspark.sql.functions import arrow_udf

    from udfs.text.columns import noun_arrays

    def lemmas(batches: Iterator[pa.Array]) -> Iterator[pa.Array]:
        for captions in batches:
            yield noun_arrays(captions, pipeline)

    return arrow_udf(lemmas, "array<string>")  # type: ignore[call-overload]
