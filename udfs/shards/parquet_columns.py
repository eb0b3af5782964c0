"""Finds the columns of a Parquet file by the options, or by the usual names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from udfs.options import first_of, option
from udfs.shards.fields import CAPTIONS, HEIGHTS, URLS, WIDTHS
from udfs.shards.parquet_images import LAYOUT, image_column, image_leaf
from udfs.shards.parquet_paths import Path, check_text, column_type, find_path, typed, usual_path


@dataclass(frozen=True)
class ColumnNames:
    """The options that name columns, or fields within their structs (`caption.en`); None tries the usual names."""

    caption: str | None = option(None, f"column of captions, as in `caption.en`; {first_of(CAPTIONS)} and holds text")
    url: str | None = option(None, f"column of addresses; {first_of(URLS)}")
    key: str | None = option(None, "column of the samples' keys; without it, `key`, else the row's number")
    width: str | None = option(None, f"column of widths in pixels; {first_of(WIDTHS)}")
    height: str | None = option(None, f"column of heights in pixels; {first_of(HEIGHTS)}")
    image: str | None = option(
        None, "column of images; without it, `image`, or a column named by an extension such as `jpg`"
    )


@dataclass(frozen=True)
class Columns:
    """The columns of a sample's values. `no_caption` and `no_image` give the reason if a half is absent."""

    caption: Path | None
    url: Path | None
    key: Path | None
    width: str | None
    height: str | None
    leaf: str | None
    layout: str
    no_caption: str
    no_image: str | None

    @staticmethod
    def find(schema: pa.Schema, names: ColumnNames) -> Columns:
        """The columns of `names`, or the usual ones.

        Raises ValueError if a named column does not fit, or if there is a column neither of captions nor of images.
        """
        usual_image = image_column(schema)
        image = names.image or usual_image
        try:
            caption = _caption_path(schema, names.caption)
            no_caption = f"no caption in column {caption.name}"
        except ValueError as error:
            if image is None or names.caption is not None:
                raise
            caption, no_caption = None, f"no caption: {error}"
        return Columns(
            caption,
            _text_path(schema, "url", names.url, URLS),
            _text_path(schema, "key", names.key, ("key",)),
            _plain_column(schema, names.width, WIDTHS),
            _plain_column(schema, names.height, HEIGHTS),
            image_leaf(schema, image) if image else None,
            # An unusual column name is stored with the image's place, so that the image is found without the options.
            LAYOUT if image == usual_image else f"{LAYOUT}:{image}",
            no_caption,
            f"no image in column {image}" if image else None,
        )

    @property
    def texts(self) -> list[str]:
        """The columns to read at ingestion, each once."""
        paths = (path.column for path in (self.caption, self.url, self.key) if path is not None)
        plain = (name for name in (self.width, self.height) if name is not None)
        return list(dict.fromkeys((*paths, *plain)))


def _caption_path(schema: pa.Schema, named: str | None) -> Path:
    """The path of the captions. Raises ValueError, which lists the columns, if there are no captions."""
    path = _text_path(schema, "caption", named, CAPTIONS, lists=True)
    if path is not None:
        return path
    for name in CAPTIONS:
        if name in schema.names:
            check_text(schema, Path(name), "caption", lists=True)
    raise ValueError(f"no column {', '.join(CAPTIONS)}; the columns are {typed(schema)}: set `caption`")


def _text_path(
    schema: pa.Schema, option: str, named: str | None, usual: Sequence[str], lists: bool = False
) -> Path | None:
    if named is None:
        return usual_path(schema, usual, lists)
    path = find_path(schema, named)
    check_text(schema, path, option, lists)
    return path


def _plain_column(schema: pa.Schema, named: str | None, usual: Sequence[str]) -> str | None:
    name = named or next((name for name in usual if name in schema.names), None)
    if name is not None:
        column_type(schema, name)  # raises if there is not exactly one such column
    return name
