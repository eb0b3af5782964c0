"""Reads drawn samples again from their shards through the readers, and applies the reference to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.listing import make_reader
from jobs.errors import ConceptfreqError
from jobs.verification.finished import Finished
from jobs.verification.reference import ImageReference, TextReference
from jobs.verification.sample_views import SampleView, Tags
from jobs.verification.stored_samples import READ
from udfs.shards.annotations import AnnotationField
from udfs.shards.image_reads import read_images
from udfs.shards.task import IngestTask
from udfs.shards.uris import join
from udfs.statuses import BAD_MEMBER, DEADLY, FETCH_ERROR, OK


@dataclass(frozen=True)
class References:
    """The references for captions and for images; each is None if the settings have no such search.

    annotated: the field whose annotations stand for an image's tags, instead of a reference.
    """

    text: TextReference | None
    image: ImageReference | None
    annotated: AnnotationField | None = None


def read_again(
    done: Finished, shard: str, ordinals: Sequence[int], references: References, kept: Mapping[int, SampleView]
) -> dict[int, SampleView]:
    """The samples that are now at these ascending ordinals of a shard; those that it no longer has are missing.

    As in the stages, text and image are searched if the sample could be read. If an image kills its decoder or never
    ends, its stored result in `kept` is taken.
    """
    rows = _rows(done, shard, ordinals)
    usable = {ordinal: row for ordinal, row in rows.items() if row["status"] == OK}
    texts, tags = {}, {}
    if references.text:
        texts = {ordinal: references.text(row["caption"]) for ordinal, row in usable.items()}
    if references.image:
        places = [(shard, row["sample"], row["image"]) for row in usable.values()]
        for ordinal, content in zip(usable, read_images(done.root, places), strict=True):
            stored = kept[ordinal].tags
            tags[ordinal] = stored if stored and stored.status in DEADLY else references.image(content)
    if references.annotated:
        tags = _annotated(done, shard, usable, references.annotated)
    return {
        ordinal: SampleView({name: row[name] for name in READ}, texts.get(ordinal), tags.get(ordinal))
        for ordinal, row in rows.items()
    }


def _annotated(done: Finished, shard: str, ordinals: Collection[int], field: AnnotationField) -> dict[int, Tags]:
    """The tags of the samples at these ordinals by their annotations."""
    # As `_rows`, up to the last of them.
    read = islice(make_reader(done.corpus).annotated(join(done.root, shard), field), max(ordinals, default=-1) + 1)
    found = {ordinal: annotations for ordinal, (_, annotations) in enumerate(read) if ordinal in ordinals}
    return {
        ordinal: Tags(BAD_MEMBER, {}) if one.scores is None else Tags(OK, one.scores) for ordinal, one in found.items()
    }


def _rows(done: Finished, shard: str, ordinals: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The rows of SAMPLES at these ordinals; the shard is read up to the last of them."""
    rows: dict[int, dict[str, Any]] = {}
    for batch in _batches(done, shard):
        _refuse_unread(batch)
        first = batch.column("ordinal")[0].as_py()
        here = [ordinal for ordinal in ordinals if first <= ordinal < first + batch.num_rows]
        taken = batch.take(pa.array([ordinal - first for ordinal in here], pa.int64()))
        rows.update(zip(here, taken.to_pylist(), strict=True))
        if first + batch.num_rows > ordinals[-1]:
            break
    return rows


def _refuse_unread(batch: pa.RecordBatch) -> None:
    """Raise ConceptfreqError if the shard could not be fetched, because that is no difference of a sample."""
    for row in batch.filter(pc.equal(batch.column("status"), FETCH_ERROR)).to_pylist():
        raise ConceptfreqError(f"shard {row['shard']} cannot be read again: {row['detail']}")


def _batches(done: Finished, shard: str) -> Iterator[pa.RecordBatch]:
    return IngestTask(make_reader(done.corpus), done.root).read(shard)
