"""Reads webdatasets: tars in which adjacent members of one key (000000017.jpg, .txt, .json) form a sample."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from udfs.options import first_of, option
from udfs.shards.annotations import AnnotationField, in_json
from udfs.shards.assembly import Assembled, Assembly
from udfs.shards.caption_text import OF_SEVERAL, check_choice
from udfs.shards.extensions import IMAGE_EXTENSIONS
from udfs.shards.grouping import Groups
from udfs.shards.metadata import CAPTION_KEYS
from udfs.shards.samples import Annotations, Sample
from udfs.shards.tars import AHEAD_LOCAL, AHEAD_REMOTE, Archive
from udfs.shards.uris import is_local, open_shard

_EXTENSION = re.compile(r"[^.A-Z/]+(\.[^.A-Z/]+)*")


@dataclass(frozen=True)
class WebDataset:
    """.tar, .tar.gz and .tgz files, recognised by their content. Bodies of images in plain tars are skipped, not read.

    A sample without the member `caption` takes its caption from its json. `grouping` says how keys end.
    """

    caption: str = option(
        "txt", "extension of the member that is the caption, in small letters; usually `cls` for evaluation"
    )
    image: str | None = option(
        None, "extension of the image, in small letters; without it, [the usual ones](formats.md#webdataset)"
    )
    json_key: str | None = option(
        None, f"key of the .json that holds the caption, as in `meta.caption`; {first_of(CAPTION_KEYS)}"
    )
    captions: str = option("first", OF_SEVERAL)
    key_dot: str | None = option(
        None, "`first` or `last` dot: where the key ends in a member's name ([more](formats.md#webdataset))"
    )

    extensions: ClassVar[tuple[str, ...]] = (".tar", ".tar.gz", ".tgz")
    shards_are_folders: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_choice(self.captions)
        if self.caption in (*IMAGE_EXTENSIONS, "json") or not _EXTENSION.fullmatch(self.caption):
            raise ValueError(
                f"caption is {self.caption!r}: expected the extension of a text member in lower case, as txt or cls"
            )
        if self.image in (self.caption, "json") or not all(map(_EXTENSION.fullmatch, self.images)):
            raise ValueError(
                f"image is {self.image!r}: expected the extension of an image in lower case, as jpg or input.jpg"
            )
        if self.key_dot not in (None, "first", "last"):
            raise ValueError(f"key_dot is {self.key_dot!r}: expected first or last, the dot at which keys end")
        if self.key_dot == "last" and any("." in extension for extension in (self.caption, *self.images)):
            raise ValueError("key_dot is last: then `caption` and `image` must be extensions without dots")

    @property
    def images(self) -> tuple[str, ...]:
        """The extensions that mark an image."""
        return IMAGE_EXTENSIONS if self.image is None else (self.image,)

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of a member by its extension: "image", "text" or "json"."""
        return dict.fromkeys(self.images, "image") | {"json": "json", self.caption: "text"}

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """The samples of one tar. Raises OSError if it cannot be read; bad data become rows with a status."""
        return (sample for sample, _ in self.assembled(uri))

    def annotated(self, uri: str, field: AnnotationField) -> Iterator[tuple[Sample, Annotations]]:
        """The same samples, each with the annotations in its .json."""
        for sample, group in self.assembled(uri):
            yield sample, in_json(group.parts.get("json") if group else None, field)

    def assembled(self, uri: str) -> Iterator[Assembled]:
        """The same samples, each with the members that it was made of."""
        ahead = AHEAD_LOCAL if is_local(uri) else AHEAD_REMOTE
        with open_shard(uri) as file:
            groups = Groups(self.kinds, self.key_dot)
            yield from Assembly(Archive(file, ahead), groups, self.json_key, self.captions).samples()
