"""Reads Parquet files of captions (as LAION's) and of images (Hugging Face's layout, and img2dataset's)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from udfs import statuses
from udfs.options import option
from udfs.shards.annotations import AnnotationField, among
from udfs.shards.caption_text import OF_SEVERAL, check_choice, chosen, clean_caption
from udfs.shards.parquet_columns import ColumnNames, Columns
from udfs.shards.parquet_images import BATCH_IMAGES, image_bytes, open_table, presence
from udfs.shards.parquet_texts import texts
from udfs.shards.samples import WHOLE_SHARD, Annotations, ImageLocation, Names, Sample, storable
from udfs.shards.uris import open_shard

BATCH_ROWS = 1024


@dataclass(frozen=True)
class Parquet(ColumnNames):
    """Captions, images or both, in columns that the options name.

    A sample's key is the value of `key` (default: a column `key`), or else its row number.
    """

    captions: str = option("first", OF_SEVERAL)

    extensions: ClassVar[tuple[str, ...]] = (".parquet",)
    shards_are_folders: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_choice(self.captions)

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """The rows of one file, in constant memory. Raises OSError, and ValueError if columns are absent."""
        return (sample for sample, _ in self._with_values(uri, ()))

    def annotated(self, uri: str, field: AnnotationField) -> Iterator[tuple[Sample, Annotations]]:
        """The same samples, each with the annotations in its columns."""
        rows = self._with_values(uri, (field.name, field.scores))
        return ((sample, among(values, field)) for sample, values in rows)

    def _with_values(self, uri: str, others: Sequence[str]) -> Iterator[tuple[Sample, dict[str, Any]]]:
        """The samples, each with its values of those of the `others` columns that there are."""
        with open_shard(uri) as file:
            try:
                table = open_table(file)
            except (pa.ArrowException, OSError) as error:
                yield Sample(WHOLE_SHARD, statuses.BAD_SHARD, f"not a Parquet file: {_content_error(error)}"), {}
                return
            columns = Columns.find(table.schema_arrow, self)
            there = [name for name in others if name in table.schema_arrow.names]
            try:
                yield from _rows(table, columns, self.captions, there)
            except (pa.ArrowException, OSError) as error:
                detail = f"the next rows cannot be read: {_content_error(error)}"
                yield Sample(WHOLE_SHARD, statuses.TRUNCATED_SHARD, detail), {}


def _content_error(error: BaseException) -> str:
    """The text of an error about a file's content. An error of a disk has an errno and is raised again."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    return str(error)


def _rows(
    table: pq.ParquetFile, columns: Columns, captions: str, others: Sequence[str]
) -> Iterator[tuple[Sample, dict[str, Any]]]:
    names, number = Names(), 0
    for group in range(table.metadata.num_row_groups):
        row = 0
        for batch, has_image in _batches(table, group, columns, others):
            values = _Values(batch, columns, captions)
            beside = {name: batch.column(name).to_pylist() for name in others}
            for index in range(batch.num_rows):
                image = ImageLocation(columns.layout, row_group=group, row=row) if has_image[index] else None
                sample = values.sample(index, number, image, names)
                yield sample, {name: column[index] for name, column in beside.items()}
                number += 1
                row += 1


def _batches(
    table: pq.ParquetFile, group: int, columns: Columns, others: Sequence[str]
) -> Iterator[tuple[pa.RecordBatch, list[bool]]]:
    """The batches of a row group, and which rows have an image; images are read only if nothing else tells."""
    known = False if columns.leaf is None else presence(table, group, columns.leaf)
    wanted = [*columns.texts, *others, *([columns.leaf] if known is None and columns.leaf else [])]
    size = BATCH_IMAGES if known is None else BATCH_ROWS
    for batch in table.iter_batches(size, row_groups=[group], columns=wanted, use_threads=False):
        if known is None and columns.leaf:
            yield batch, image_bytes(batch, columns.leaf).is_valid().to_pylist()
        else:
            yield batch, [bool(known)] * batch.num_rows


class _Values:
    """The values of a batch as Python objects."""

    def __init__(self, batch: pa.RecordBatch, columns: Columns, captions: str) -> None:
        def plain(name: str | None) -> list[Any]:
            return [None] * batch.num_rows if name is None else batch.column(name).to_pylist()

        self._columns, self._choice = columns, captions
        self._captions = texts(batch, columns.caption)
        self._urls = texts(batch, columns.url)
        self._keys = texts(batch, columns.key)
        self._widths, self._heights = plain(columns.width), plain(columns.height)

    def sample(self, index: int, number: int, image: ImageLocation | None, names: Names) -> Sample:
        """The sample of row `index` of the batch, which is row `number` of the file."""
        name, first = self._name(index, number, names)
        caption, repaired = clean_caption(_one(self._captions[index], self._choice))
        status, detail = statuses.OK, None
        if not first:
            status, detail = statuses.DUPLICATE_KEY, "the key was met before"
        elif caption is None:
            status, detail = statuses.OK if image else statuses.NO_CAPTION, self._columns.no_caption
        elif image is None:
            detail = self._columns.no_image
        url = clean_caption(self._urls[index])[0]
        width, height = storable(self._widths[index]), storable(self._heights[index])
        return Sample(name, status, detail, caption, repaired, url, width, height, image)

    def _name(self, index: int, number: int, names: Names) -> tuple[str, bool]:
        """A row's name, and whether its key is met for the first time."""
        if self._columns.key is None:  # row numbers do not repeat, so none is remembered
            return str(number), True
        key = clean_caption(self._keys[index])[0]
        return (names.of_other(str(number)), True) if key is None else names.of_key(key)


def _one(value: str | bytes | list[bytes | None] | None, captions: str) -> str | bytes | None:
    """A row's caption; if the row has a list of captions, `captions` decides."""
    if not isinstance(value, list):
        return value
    found = chosen(value, captions)
    return b"\n".join(found) if found else None
