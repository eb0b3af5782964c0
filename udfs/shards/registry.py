"""The formats that a corpus can have, by their names in a run's settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Final, Protocol, runtime_checkable

from udfs.shards.annotations import AnnotationField
from udfs.shards.delimited import Delimited
from udfs.shards.folder import Folder
from udfs.shards.parquet import Parquet
from udfs.shards.samples import Annotations, Sample
from udfs.shards.webdataset import WebDataset


class Reader(Protocol):
    """The interface of every format's reader, which is a frozen dataclass of its options."""

    # The endings of shards' file names, with their dot; if shards are folders, those of images.
    extensions: ClassVar[tuple[str, ...]]
    shards_are_folders: ClassVar[bool]

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """The samples of the shard at `uri`, in one pass and bounded memory; bad data become rows with a status.

        Raises OSError when the shard is missing or unreadable, ValueError when the options do not fit it.
        """
        ...


@runtime_checkable
class AnnotatedReader(Reader, Protocol):
    """A reader of a format whose samples may carry annotations of their images."""

    def annotated(self, uri: str, field: AnnotationField) -> Iterator[tuple[Sample, Annotations]]:
        """The samples that `read` gives, each with its annotations."""
        ...


READERS: Final[dict[str, type[Reader]]] = {
    "webdataset": WebDataset,
    "parquet": Parquet,
    "delimited": Delimited,
    "folder": Folder,
}


def reader(format: str, options: Mapping[str, Any]) -> Reader:
    """The reader for a corpus's `format` and options. Raises ValueError if a name is not known."""
    if format not in READERS:
        raise ValueError(f"no corpus format {format!r}; there are {', '.join(READERS)}")
    kind: Any = READERS[format]
    known = [option.name for option in fields(kind)]
    unknown = sorted(set(options) - set(known))
    if unknown:
        offer = f"it has {', '.join(known)}" if known else "it has none"
        raise ValueError(f"format {format} has no option {', '.join(unknown)}; {offer}")
    # YAML gives lists, but a reader's options must be hashable.
    frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    made: Reader = kind(**frozen)
    return made
