"""Parquet files of captions (LAION and its like) and of images (Hugging Face's layout, img2dataset's)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import pyarrow as pa
import pyarrow.parquet as pq

from udfs import statuses
from udfs.shards.captions import clean_caption
from udfs.shards.records import WHOLE_SHARD, Location, Names, Sample, storable
from udfs.shards.uris import open_shard

CAPTIONS: Final = ("TEXT", "caption", "text")
URLS: Final = ("URL", "url")
WIDTHS: Final = ("WIDTH", "width")
HEIGHTS: Final = ("HEIGHT", "height")
IMAGES: Final = ("image", "jpg", "jpeg", "png", "webp")
LAYOUT: Final = "parquet"

# Bytes held of each column read; over a network it is what a request asks for.
BUFFER = 4 << 20

BATCH_ROWS = 1024
# Where images must be read to know which rows have one: some megabytes.
BATCH_IMAGES = 32


@dataclass(frozen=True)
class Parquet:
    """Each option names a column; by default the usual names are tried.

    `captions` says what to take where a row has a list of them: the `first`, or all of them, `join`ed.
    A sample's key is the value of `key` (default: a column `key`), or else its row number.
    """

    caption: str | None = None
    url: str | None = None
    key: str | None = None
    width: str | None = None
    height: str | None = None
    image: str | None = None
    captions: str = "first"

    extensions: ClassVar[tuple[str, ...]] = (".parquet",)
    shards_are_folders: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.captions not in ("first", "join"):
            raise ValueError(f"captions is {self.captions!r}; of a list of captions take `first` or `join`")

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """The rows of one file, in constant memory. Raises OSError; ValueError for absent columns."""
        with open_shard(uri) as file:
            try:
                table = open_table(file)
            except (pa.ArrowException, OSError) as error:
                yield Sample(WHOLE_SHARD, statuses.BAD_SHARD, f"not a Parquet file: {_content_error(error)}")
                return
            columns = _Columns.find(table.schema_arrow, self)
            rows = _rows(table, columns, join=self.captions == "join")
            try:
                yield from rows
            except (pa.ArrowException, OSError) as error:
                yield Sample(WHOLE_SHARD, statuses.TRUNCATED_SHARD, f"broken pages: {_content_error(error)}")


def open_table(file: Any) -> pq.ParquetFile:
    """The table in an open file; a column of a row group is read `BUFFER` bytes at a time."""
    # With pre_buffer, the default, whole row groups are loaded and buffer_size has no effect.
    return pq.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False)


def image_column(schema: pa.Schema) -> str | None:
    """The column that holds images where none is named: the first usual name with bytes in it."""
    return next((name for name in IMAGES if name in schema.names and _bytes_path(schema, name)), None)


def image_leaf(schema: pa.Schema, name: str) -> str:
    """The dotted path of the bytes in image column `name`. Raises ValueError when there are none."""
    if name not in schema.names:
        raise ValueError(f"no column {name}; the columns are {', '.join(schema.names)}")
    leaf = _bytes_path(schema, name)
    if leaf is None:
        kind = schema.field(name).type
        raise ValueError(f"column {name} holds {kind}, not images: binary or struct<bytes, path>")
    return leaf


def _bytes_path(schema: pa.Schema, name: str) -> str | None:
    kind = schema.field(name).type
    if _is_bytes(kind):
        return name
    if pa.types.is_struct(kind):
        index = kind.get_field_index("bytes")
        if index >= 0 and _is_bytes(kind.field(index).type):
            return f"{name}.bytes"
    return None


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _content_error(error: BaseException) -> str:
    """The text of an error about a file's content. A disk that fails has an errno, and is raised on."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    return str(error)


@dataclass(frozen=True)
class _Columns:
    caption: str | None
    url: str | None
    key: str | None
    width: str | None
    height: str | None
    leaf: str | None
    layout: str

    @staticmethod
    def find(schema: pa.Schema, options: Parquet) -> _Columns:
        def pick(named: str | None, usual: Sequence[str]) -> str | None:
            if named is not None and named not in schema.names:
                raise ValueError(f"no column {named}; the columns are {', '.join(schema.names)}")
            return named or next((name for name in usual if name in schema.names), None)

        caption, usual_image = pick(options.caption, CAPTIONS), image_column(schema)
        image = options.image or usual_image
        if caption is None and image is None:
            raise ValueError(
                f"no column {', '.join(CAPTIONS)} for captions and none with images; "
                f"the columns are {', '.join(schema.names)}: set `caption` or `image`"
            )
        return _Columns(
            caption,
            pick(options.url, URLS),
            pick(options.key, ("key",)),
            pick(options.width, WIDTHS),
            pick(options.height, HEIGHTS),
            image_leaf(schema, image) if image else None,
            # A column of unusual name goes into the image's place: it is found again without the options.
            LAYOUT if image == usual_image else f"{LAYOUT}:{image}",
        )

    @property
    def texts(self) -> list[str]:
        """The columns read at ingestion, each once."""
        names = (self.caption, self.url, self.key, self.width, self.height)
        return list(dict.fromkeys(name for name in names if name is not None))


def _rows(table: pq.ParquetFile, columns: _Columns, join: bool) -> Iterator[Sample]:
    names, number = Names(), 0
    for group in range(table.metadata.num_row_groups):
        row = 0
        for batch, has_image in _batches(table, group, columns):
            values = _Values(batch, columns)
            for index in range(batch.num_rows):
                image = Location(columns.layout, row_group=group, row=row) if has_image[index] else None
                yield values.sample(index, number, image, names, join)
                number += 1
                row += 1


def _batches(table: pq.ParquetFile, group: int, columns: _Columns) -> Iterator[tuple[pa.RecordBatch, list[bool]]]:
    """The batches of a row group, and which rows have an image: read to tell only where nothing else does."""
    known = False if columns.leaf is None else _presence(table, group, columns.leaf)
    wanted = columns.texts + ([columns.leaf] if known is None and columns.leaf else [])
    size = BATCH_IMAGES if known is None else BATCH_ROWS
    for batch in table.iter_batches(size, row_groups=[group], columns=wanted, use_threads=False):
        if known is None and columns.leaf:
            yield batch, image_bytes(batch, columns.leaf).is_valid().to_pylist()
        else:
            yield batch, [bool(known)] * batch.num_rows


def image_bytes(batch: pa.RecordBatch, leaf: str) -> pa.Array:
    """The bytes of a batch's images, null where a row has none."""
    name, nested = (leaf.removesuffix(".bytes"), True) if leaf not in batch.schema.names else (leaf, False)
    column = batch.column(name)
    if not nested:
        return column
    fields = dict(zip([field.name for field in column.type], column.flatten(), strict=True))
    return fields["bytes"]


def _presence(table: pq.ParquetFile, group: int, leaf: str) -> bool | None:
    """Whether all rows of a row group have an image, or none has, by the file's statistics; None: unknown."""
    meta = table.metadata.row_group(group)
    for index in range(meta.num_columns):
        chunk = meta.column(index)
        if chunk.path_in_schema != leaf:
            continue
        if table.schema.column(index).max_definition_level == 0:
            return True
        known = chunk.statistics is not None and chunk.statistics.has_null_count
        if known and chunk.statistics.null_count in (0, meta.num_rows):
            return bool(chunk.statistics.null_count == 0)
    return None


class _Values:
    """A batch's values as Python objects; text is still bytes: a file's strings need not be valid UTF-8."""

    def __init__(self, batch: pa.RecordBatch, columns: _Columns) -> None:
        def plain(name: str | None, convert: Any = lambda array: array) -> list[Any]:
            return [None] * batch.num_rows if name is None else convert(batch.column(name)).to_pylist()

        self.captions = plain(columns.caption, _as_bytes)
        self.urls = plain(columns.url, _as_bytes)
        self.keys = plain(columns.key, _as_bytes)
        self.widths = plain(columns.width)
        self.heights = plain(columns.height)

    def sample(self, index: int, number: int, image: Location | None, names: Names, join: bool) -> Sample:
        key = clean_caption(self.keys[index])[0]
        # Without keys rows are known by their numbers, which do not repeat: nothing is remembered of them.
        name, first = (str(number), True) if key is None else names.of_key(key)
        caption, repaired = clean_caption(_one(self.captions[index], join))
        status, detail = statuses.OK, None
        if not first:
            status, detail = statuses.DUPLICATE_KEY, f"key {key} was met before"
        elif caption is None and image is None:
            status = statuses.NO_CAPTION
        url = clean_caption(self.urls[index])[0]
        width, height = storable(self.widths[index]), storable(self.heights[index])
        return Sample(name, status, detail, caption, repaired, url, width, height, image)


def _one(value: bytes | list[bytes | None] | None, join: bool) -> bytes | None:
    """A row's caption where it has a list of them; joined by line breaks, over which no sentence goes."""
    if not isinstance(value, list):
        return value
    texts = [text for text in value if text is not None]
    if not texts:
        return None
    return b"\n".join(texts) if join else texts[0]


def _as_bytes(column: pa.Array) -> pa.Array:
    """Text, or a list of texts, as bytes. Raises ValueError for a column of another kind."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return column.cast(pa.large_list(pa.large_binary()))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        column = column.cast(pa.large_string())
    try:
        return column.cast(pa.large_binary())
    except pa.ArrowException as error:
        raise ValueError(f"a column of {kind} does not hold text: {error}") from error
