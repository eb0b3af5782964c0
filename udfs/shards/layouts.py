"""Finds the columns of a delimited file: by a published layout, by its header, or by the contents of its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from udfs.shards.extensions import IMAGE_EXTENSIONS
from udfs.shards.fields import CAPTIONS, HEIGHTS, URLS, WIDTHS

LayoutName = Literal["cc3m", "cc12m", "wit"]

# WIT has names of its own; `title` is what open_clip calls captions.
CAPTION_NAMES: Final = (*CAPTIONS, "caption_reference_description", "title")
URL_NAMES: Final = (*URLS, "image_url")
WIDTH_NAMES: Final = (*WIDTHS, "original_width")
HEIGHT_NAMES: Final = (*HEIGHTS, "original_height")
_OF_WIT = {"language", "page_url", "image_url", "caption_reference_description"}

_NAME = re.compile(r"[^\W\d][\w .-]{0,39}")
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)
# Flickr8k and Flickr30k number the captions of a file: NAME.jpg#0.
_ADDRESS = re.compile(rf"{_URL.pattern}|\S+\.(?:{'|'.join(IMAGE_EXTENSIONS)})(?:#\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnLayout:
    """The columns of a published file (None if its header names them), and whether its fields are quoted."""

    columns: tuple[str, ...] | None
    quoted: bool = False


LAYOUTS: Final[dict[LayoutName, ColumnLayout]] = {
    "cc3m": ColumnLayout(("caption", "url")),
    "cc12m": ColumnLayout(("url", "caption")),
    # WIT quotes fields although tabs separate them.
    "wit": ColumnLayout(None, quoted=True),
}


def is_wit(cells: Sequence[str]) -> bool:
    """Whether a first row is the header of WIT, the Wikipedia-based Image Text dataset."""
    return {_folded(cell) for cell in cells} >= _OF_WIT


def names_columns(cells: Sequence[str]) -> bool:
    """Whether a first row is a header: all cells could be names, no cell repeats, and one is usual for captions."""
    names = [_folded(cell) for cell in cells]
    usual = {_folded(name) for name in CAPTION_NAMES}
    return (
        all(_NAME.fullmatch(name) for name in names) and len(set(names)) == len(names) and not usual.isdisjoint(names)
    )


def are_names(cells: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a first row consists of the names of `columns`."""
    return list(map(_folded, cells)) == list(map(_folded, columns))


def holds_values(cells: Sequence[str]) -> bool:
    """Whether a first row cannot be a header because it has a URL or the name of an image in it."""
    return any(_ADDRESS.fullmatch(cell.strip()) for cell in cells)


def two_columns(rows: Sequence[Sequence[str]]) -> tuple[str, str]:
    """The columns of a file without header: caption and URL, or URL (or image) and caption if the rows show that.

    Raises ValueError if rows have more than two columns, because nothing tells what they are.
    """
    pairs = [row for row in rows if len(row) == 2]
    longest = max(rows, key=len)
    if not pairs and len(longest) > 2:
        example = listed([cell[:40] for cell in longest[:4]])
        raise ValueError(f"rows have {len(longest)} fields ({example} ...) and no header names them: set `columns`")
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if _most(_ADDRESS, first) and not _most(_ADDRESS, second):
        return "url" if _most(_URL, first) else "image", "caption"
    return "caption", "url"


def refuse_urls(captions: Sequence[str]) -> None:
    """Raise ValueError if most of the captions are URLs: then the wrong column was taken for captions."""
    # A single URL may well be a real caption.
    if len(captions) > 1 and _most(_URL, captions):
        example = next(text for text in captions if _URL.fullmatch(text.strip()))
        raise ValueError(
            f"most of the first {len(captions)} captions are URLs, as {example.strip()!r}: name the column"
            " that holds captions by `layout`, by `columns` (all names in their order), or by `caption`"
        )


def _most(pattern: re.Pattern[str], texts: Sequence[str]) -> bool:
    return 2 * sum(pattern.fullmatch(text.strip()) is not None for text in texts) > len(texts)


def find(names: Sequence[str], wanted: str | None, usual: Sequence[str]) -> int | None:
    """The position of the column `wanted`, or of the first usual name that is present; None if none is.

    Spaces around names are ignored, and so is the case of usual names. Raises ValueError if `wanted` is absent.
    """
    if wanted is None:
        exact, folded = [name.strip() for name in names], [_folded(name) for name in names]
        places = [exact.index(name) for name in usual if name in exact]
        places += [folded.index(_folded(name)) for name in usual if _folded(name) in folded]
        return places[0] if places else None
    stripped = [name.strip() for name in names]
    if wanted.strip() not in stripped:
        raise ValueError(f"no column {wanted!r}; the columns are {listed(names)}")
    return stripped.index(wanted.strip())


def listed(names: Sequence[str]) -> str:
    """Names of columns as messages show them: in quotes, because spaces are part of them."""
    return ", ".join(map(repr, names))


def _folded(name: str) -> str:
    return name.strip().strip('"').lower()
