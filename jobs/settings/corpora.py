"""The corpora, evaluation sets and concept lists of a run, as sections of the settings."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from jobs.settings.strict import Strict, messages, refuse_unknown
from udfs.shards.registry import READERS


class ShardSource(Strict):
    """A named set of shards: a file or folder (or URI), its format, and the options of that format's reader."""

    name: str = Field(
        min_length=1,
        pattern=r"^[\w.-]+$",
        description="its name in tables and commands: letters, digits, `_`, `.`, `-`",
    )
    format: str = Field(description="how shards are written: `webdataset`, `parquet`, `delimited` or `folder`")
    path: str = Field(description="a folder of shards, or one shard: a path or a URI")
    pattern: str | None = Field(default=None, description="only shards whose relative name matches, as in `*.tar`")
    options: dict[str, Any] = Field(default={}, description="options of the reader, a table for each format")

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        if value not in READERS:
            raise ValueError(f"'{value}' is not a format; formats: {', '.join(sorted(READERS))}")
        return value

    @model_validator(mode="after")
    def _known_options(self) -> ShardSource:
        kind: Any = READERS[self.format]
        refuse_unknown(self.options, [field.name for field in dataclasses.fields(kind)])
        try:
            TypeAdapter(kind).validate_python(self.options)
        except ValidationError as error:
            raise ValueError("; ".join(f"options.{line}" for line in messages(error))) from None
        return self


class Corpus(ShardSource):
    """An image-text corpus to count in."""


class EvaluationSet(ShardSource):
    """A downstream set. Of classification the caption of a sample is its true class, by name or by index in `concepts`.

    Of retrieval it is a text about the image, searched for `concepts` as `captions.match: strict` does.
    """

    concepts: str = Field(
        description="the name of the concept list with its classes, in the order of their numbers; of retrieval, with "
        "the concepts that captions are searched for"
    )
    task: Literal["classification", "retrieval"] = Field(
        default="classification", description="accuracy per class, or recall per concept ([more](scores.md#retrieval))"
    )


class ConceptList(Strict):
    """A list of concepts: a file with one name per line, a JSON or YAML list, or a column of a table."""

    name: str = Field(min_length=1, description="its name in tables and commands")
    file: str = Field(
        description="a path or a URI ([its forms](formats.md#concept-lists), [aliases and more](definitions.md))"
    )
    column: str | Annotated[int, Field(ge=0, strict=True)] | None = Field(
        default=None, description="the column of the names: its header, or its number from 0 in a file without a header"
    )
