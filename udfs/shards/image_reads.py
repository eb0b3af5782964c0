"""Reads images from their shards, in the order in which they lie there."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa

from udfs import statuses
from udfs.shards.parquet_images import BATCH_IMAGES, LAYOUT, image_bytes, image_column, image_leaf, open_table
from udfs.shards.schemes import shown
from udfs.shards.uris import gunzipped, join, open_shard

# One request fetches two images that are this near to each other: over a network a quarter of a megabyte is read in
# less time than another request takes. If one sample in a hundred is wanted and images have 3 KB or more, no other
# images are read. A request stays under LARGEST_REQUEST unless a single image is larger.
NEAR = 1 << 18
LARGEST_REQUEST = 32 << 20
# The most bytes that a record batch with images may hold; a larger image is refused before it is read.
LARGEST_IMAGE = 64 << 20

_CHANGED = "it has changed since it was ingested, ingest it again"

ImageRow = tuple[str, str, Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class UnreadImage:
    """The reason why an image's bytes could not be read, as a status with its detail."""

    status: str
    detail: str


def read_images(root: str, rows: Iterable[ImageRow]) -> Iterator[bytes | UnreadImage]:
    """For each (shard, sample, image) its bytes, or the reason why there are none, in the rows' order.

    `image` is a `udfs.schemas.LOCATION` as a dict, or None. Rows must be sorted by shard and place (offset, or row
    group and row). They may be an iterator; the bytes of one request are held at a time. Each call reads a .tar.gz from
    its start, and a Parquet row group again, so pass all rows of a shard to one call.
    """
    for (shard, layout), group in groupby(rows, key=lambda row: (row[0], (row[2] or {}).get("layout"))):
        if layout is None:
            yield from (UnreadImage(statuses.NO_IMAGE, "the sample has no image") for _ in group)
        else:
            yield from _shard_images(root, shard, layout, group)


def row_images(
    root: str, batches: Iterable[pa.RecordBatch], columns: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], bytes | UnreadImage]]:
    """For each row of batches with `shard`, `sample` and `image`: its `columns` and the result of `read_images`.

    All batches share one reader, because a new reader would read a .tar.gz from its start again.
    """
    taken: deque[tuple[Any, ...]] = deque()
    for content in read_images(root, _noted(batches, columns, taken)):
        yield taken.popleft(), content


def _noted(
    batches: Iterable[pa.RecordBatch], columns: Sequence[str], taken: deque[tuple[Any, ...]]
) -> Iterator[ImageRow]:
    """The rows of all batches. `taken` records their `columns` as the reader takes them; it answers in this order."""
    for batch in batches:
        wanted = zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
        places = (batch.column(name).to_pylist() for name in ("shard", "sample", "image"))
        for row, place in zip(wanted, zip(*places, strict=True), strict=True):
            taken.append(row)
            yield place


def _shard_images(root: str, shard: str, layout: str, rows: Iterator[ImageRow]) -> Iterator[bytes | UnreadImage]:
    if layout == "file":
        for _, sample, _ in rows:
            yield _whole_file(join(join(root, shard), sample))
        return
    try:
        file = open_shard(join(root, shard))
    except OSError as error:
        problem = _fetch_error(shard, error)
        yield from (problem for _ in rows)
        return
    places = (row[2] or {} for row in rows)
    with file:
        if layout == "tar":
            yield from _from_tar(file, shard, places)
        elif layout == "tar.gz":
            yield from _from_stream(file, shard, places)
        elif layout.split(":")[0] == LAYOUT:
            yield from _from_parquet(file, shard, layout.partition(":")[2], places)
        else:
            raise ValueError(f"layout {layout!r} of images is not known: tar, tar.gz, parquet or file is needed")


def _fetch_error(what: str, error: BaseException | str) -> UnreadImage:
    return UnreadImage(statuses.FETCH_ERROR, f"{shown(what)}: {error}")


def _too_large(length: int) -> UnreadImage:
    return UnreadImage(statuses.TOO_LARGE, f"{length} bytes, {LARGEST_IMAGE} allowed")


def _whole_file(uri: str) -> bytes | UnreadImage:
    try:
        with open_shard(uri) as file:
            return _too_large(file.size()) if file.size() > LARGEST_IMAGE else bytes(file.read())
    except OSError as error:
        return _fetch_error(uri, error)


def _from_tar(file: Any, shard: str, places: Iterator[Mapping[str, Any]]) -> Iterator[bytes | UnreadImage]:
    for places_near in _requests(places):
        if places_near[0]["length"] > LARGEST_IMAGE:
            yield _too_large(places_near[0]["length"])
            continue
        start, end = places_near[0]["offset"], max(place["offset"] + place["length"] for place in places_near)
        try:
            file.seek(start)
            data = file.read(end - start)
        except OSError as error:
            yield from (_fetch_error(shard, error) for _ in places_near)
            continue
        for place in places_near:
            begin = place["offset"] - start
            yield _exactly(data[begin : begin + place["length"]], place, shard)


def _requests(places: Iterator[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Groups of neighbouring places that one request serves."""
    near: list[Mapping[str, Any]] = []
    end = 0
    for place in places:
        begin, stop = place["offset"], place["offset"] + place["length"]
        if near:
            start = near[0]["offset"]
            if begin < start or begin - end >= NEAR or stop - start > LARGEST_REQUEST:
                yield near
                near, end = [], 0
        near.append(place)
        end = max(end, stop)
    if near:
        yield near


def _exactly(data: bytes, place: Mapping[str, Any], shard: str) -> bytes | UnreadImage:
    if len(data) == place["length"]:
        return data
    end = place["offset"] + place["length"]
    return _fetch_error(shard, f"ends before byte {end}: {_CHANGED}")


def _from_stream(file: Any, shard: str, places: Iterator[Mapping[str, Any]]) -> Iterator[bytes | UnreadImage]:
    with closing(gunzipped(file)) as stream:
        for place in places:
            if place["length"] > LARGEST_IMAGE:
                yield _too_large(place["length"])
                continue
            try:
                stream.seek(place["offset"])
                yield _exactly(stream.read(place["length"]), place, shard)
            except (OSError, EOFError, zlib.error) as error:
                yield _fetch_error(shard, error)


def _from_parquet(
    file: Any, shard: str, column: str, places: Iterator[Mapping[str, Any]]
) -> Iterator[bytes | UnreadImage]:
    """The images of each row group: reads only their column, and only up to the last wanted row."""
    try:
        table = open_table(file)
        leaf = image_leaf(table.schema_arrow, column or image_column(table.schema_arrow) or "image")
    except (OSError, ValueError) as error:
        yield from (_fetch_error(shard, error) for _ in places)
        return
    for group, wanted in groupby(places, key=lambda place: place["row_group"]):
        rows, given = [place["row"] for place in wanted], 0
        try:
            for value in _values(table, leaf, group, rows):
                given += 1
                yield value
        except (pa.ArrowException, OSError, IndexError) as error:
            yield from (_fetch_error(shard, f"row group {group}: {error}") for _ in rows[given:])


def _values(table: Any, leaf: str, group: int, rows: Sequence[int]) -> Iterator[bytes | UnreadImage]:
    """The images at ascending `rows` of a row group."""
    batches = table.iter_batches(BATCH_IMAGES, row_groups=[group], columns=[leaf], use_threads=False)
    first, images = 0, pa.array([], pa.binary())
    for row in rows:
        if row < first:
            raise ValueError(f"row {row} of row group {group} is asked for after row {first}: sort the rows")
        while row >= first + len(images):
            first += len(images)
            batch = next(batches, None)
            if batch is None:
                raise IndexError(f"no row {row}: {_CHANGED}")
            images = image_bytes(batch, leaf)
        value = images[row - first]
        if not value.is_valid:
            yield UnreadImage(statuses.NO_IMAGE, f"no image in row {row} of row group {group}")
        elif value.as_buffer().size > LARGEST_IMAGE:
            yield _too_large(value.as_buffer().size)
        else:
            yield value.as_py()
