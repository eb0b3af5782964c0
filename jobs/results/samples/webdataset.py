"""Samples as a webdataset: image, caption, and all else as JSON; names are numbers, as in img2dataset."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from jobs.results.samples.drawn_samples import image_place
from udfs.images.decode.formats import recognised
from udfs.shards.image_reads import UnreadImage, read_images

# The endings by which loaders of webdatasets know images; others get that of no format.
ENDINGS: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "BMP": "bmp", "TIFF": "tiff"}

# A row of jobs.results.samples.drawn_samples.DRAWN.
SampleRow = dict[str, Any]


def with_images(root: str, rows: Sequence[SampleRow]) -> Iterator[tuple[SampleRow, bytes | UnreadImage]]:
    """Samples of a corpus whose shards lie under `root`, each with its image; rows by shard and ordinal."""
    places = [(row["shard"], row["sample"], image_place(row)) for row in rows]
    return zip(rows, read_images(root, places), strict=True)


def add_sample(tar: tarfile.TarFile, key: str, row: SampleRow, content: bytes | UnreadImage) -> None:
    """Add a sample's members under this key; without an image the JSON says why."""
    if isinstance(content, UnreadImage):
        row = {**row, "image_status": content.status, "image_detail": content.detail}
    else:
        _add(tar, f"{key}.{ENDINGS.get(recognised(content) or '', 'img')}", bytes(content))
    if row["caption"] is not None:
        _add(tar, f"{key}.txt", row["caption"].encode())
    _add(tar, f"{key}.json", json.dumps(row, ensure_ascii=False).encode())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def as_tar(samples: Iterable[tuple[SampleRow, bytes | UnreadImage]]) -> Iterator[bytes]:
    """One tar of all samples, in pieces: one sample is held at a time."""
    pieces = _Pieces()
    with tarfile.open(fileobj=pieces, mode="w|") as tar:
        for number, (row, content) in enumerate(samples):
            add_sample(tar, f"{number:09}", row, content)
            yield pieces.taken()
    yield pieces.taken()


class _Pieces(io.RawIOBase):
    """A file that is taken away while it is written."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last call."""
        data, self._written = b"".join(self._written), []
        return data
