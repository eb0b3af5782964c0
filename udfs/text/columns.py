"""Nouns as a column function, for anyone's own DataFrame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pyarrow as pa
from pyspark.sql import Column
from pyspark.sql.functions import arrow_udf

from udfs.text.cleaning import searched_part
from udfs.text.engines import EngineName, load_engine
from udfs.text.nouns import noun_set
from udfs.text.task import MAX_CHARACTERS


def noun_lemmas(
    column: Column | str, pipeline: str = "en_core_web_sm", engine: EngineName = "fast", clean: bool = True
) -> Column:
    """The distinct noun keys of a caption column: array<string>, lower-cased and sorted; null gives null.

    pipeline: the name of a spaCy pipeline that is installed on the executors, loaded once per Python worker.
    engine: "fast", or "spacy" for spaCy alone; both find the same.
    clean: captions are cleaned first; docs/text-search.md describes it under `captions.clean`.
    Only the first 100,000 characters of a caption are searched.
    """

    def lemmas(batches: Iterator[pa.Array]) -> Iterator[pa.Array]:
        for captions in batches:
            yield noun_arrays(captions, pipeline, engine, clean)

    # The type hints tell Spark the kind of function. The stubs want it named as well, but that gives a warning.
    function = arrow_udf(lemmas, "array<string>")  # type: ignore[call-overload]
    return cast(Column, function(column))


def noun_arrays(captions: pa.Array, pipeline: str, engine: EngineName = "fast", clean: bool = True) -> pa.Array:
    """The distinct noun keys of each caption: string array [N] -> list<string> array [N]."""
    texts = captions.to_pylist()
    wanted = (searched_part(text, clean, MAX_CHARACTERS)[0] for text in texts if text is not None)
    found = load_engine(pipeline, engine).find(wanted)
    lists = [None if text is None else sorted(noun_set(next(found), "strict")) for text in texts]
    return pa.array(lists, pa.list_(pa.string()))
