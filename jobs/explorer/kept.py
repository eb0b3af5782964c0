"""Answers that are kept on a shelf: words, the samples of a question, their rows and their pictures."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Final

from jobs.explorer.answers import Shelf
from jobs.explorer.asked import SampleQuestion
from jobs.results.looked import Looked
from jobs.results.samples.drawn_samples import SampleKey
from jobs.results.samples.leafing import SamplePages
from jobs.results.samples.webdataset import SampleRow
from udfs.images.decode.policies import ImagePolicy
from udfs.images.decode.thumbnails import thumbnail
from udfs.shards.image_reads import UnreadImage

log = logging.getLogger(__name__)

# Rough sizes in memory, for the bounds of what is kept (bytes).
OF_ROW: Final = 1_000
OF_NAME: Final = 80
# Pixels of the longer side of a picture, sharp at 180 points.
SIDE: Final = 360
# A cut image is shown up to the cut.
SHOWN: Final = ImagePolicy(truncated="pad")
# The largest image that SHOWN allows takes most of a gigabyte while it is decoded.
_ONE_AT_A_TIME = threading.Lock()


def look_up(shelf: Shelf, name: str) -> list[Looked]:
    """A word under every search."""
    return shelf.kept(("word", name), lambda: shelf.snapshot.look_up(name), lambda rows: OF_ROW * len(rows))


def sample_pages(shelf: Shelf, question: SampleQuestion) -> SamplePages:
    """The samples of a question, in the order of their draw."""
    of = question
    return shelf.kept(
        ("pages", question),
        lambda: shelf.snapshot.sample_pages(of.name, of.search, of.threshold, of.corpus, of.without, of.seed),
        size_of_pages,
    )


def size_of_pages(pages: SamplePages) -> int:
    """Bytes, roughly: numbers, and the names of shards."""
    names = sum(len(name) + OF_NAME for one in pages.holders for name in one.shards)
    return OF_ROW + names + 32 * len(pages)


def size_of_rows(rows: Sequence[SampleRow]) -> int:
    """Bytes, roughly."""
    return OF_ROW + sum(OF_ROW + len(row["caption"] or "") + len(row["url"] or "") for row in rows)


def picture(shelf: Shelf, key: SampleKey) -> bytes:
    """The thumbnail of a sample; empty if the lake has no such sample, or its image cannot be shown."""
    rows = shelf.kept(("sample", *key), lambda: shelf.snapshot.samples([key]), size_of_rows)
    return shelf.kept(("thumbnail", *key), lambda: _thumbnail(shelf, rows), len)


def _thumbnail(shelf: Shelf, rows: Sequence[SampleRow]) -> bytes:
    for row, content in shelf.snapshot.images(rows):
        if not isinstance(content, UnreadImage):
            with _ONE_AT_A_TIME:
                made = thumbnail(content, SIDE, "WEBP", SHOWN)
            if isinstance(made, bytes):
                return made
            log.info("%s %s %s: %s", row["corpus"], row["shard"], row["ordinal"], made.detail)
    return b""
