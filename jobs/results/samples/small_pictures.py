"""The images of some samples as small ones, to be shown in a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobs.results.samples.drawn_samples import SampleKey
from udfs.images.decode.thumbnails import Encoding, NoThumbnail, thumbnail
from udfs.shards.image_reads import UnreadImage, read_images

# What is shown of an image, or the reason why nothing is.
Picture = bytes | NoThumbnail | UnreadImage
# The sample's own name, and where its image lies.
Place = tuple[str, Mapping[str, Any] | None]


def small_pictures(
    root: str, places: Mapping[SampleKey, Place], side: int, encoding: Encoding
) -> Iterator[tuple[SampleKey, Picture]]:
    """An image for each sample of a corpus whose shards lie under `root`, or the reason why there is none.

    side: pixels of the longer side.
    """
    keys = sorted(places)
    contents = read_images(root, ((shard, *places[corpus, shard, ordinal]) for corpus, shard, ordinal in keys))
    for key, content in zip(keys, contents, strict=True):
        yield key, content if isinstance(content, UnreadImage) else thumbnail(bytes(content), side, encoding)
