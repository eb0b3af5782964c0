"""Embeds images and their captions on an executor, and finds the concepts that each caption holds.

Every input row gives one output row. Models compute in float32, each forward with a fixed number of images or texts,
and embeddings are rounded to float16: they do not depend on the other rows of a task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

import pyarrow as pa
import torch

from udfs import statuses
from udfs.counting.matching import Matcher
from udfs.images.decode.policies import DEFAULT, ImagePolicy
from udfs.images.device.devices import decode_threads
from udfs.images.device.gpu_lock import in_turn
from udfs.images.models.clip_model import ClipModel
from udfs.images.models.embeddings import encode_embedding
from udfs.images.ranking import exact
from udfs.images.running.batches_in_flight import ItemFields
from udfs.images.running.loaded_models import ImageFindings, load_models
from udfs.images.running.pipeline import Content, Pipeline
from udfs.shards.image_reads import row_images
from udfs.text.cleaning import searched_part
from udfs.text.engines import EngineName, load_engine
from udfs.text.modes import make_queries

# `image` and `text` are embeddings of length 1, `score` their product, `concepts` numbers of names. All of them are
# null, or empty, unless the status is ok. sha256 is that of the image's bytes.
PAIRS: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("ordinal", pa.int64()),
        ("status", pa.string()),
        ("sha256", pa.binary()),
        ("image", pa.binary()),
        ("text", pa.binary()),
        ("score", pa.float64()),
        ("concepts", pa.list_(pa.int32())),
    ]
)
# Pairs of a record batch: eight forwards of texts.
ROWS: Final = 256


@dataclass(frozen=True)
class CaptionSearch:
    """Strict text search for `names`: the pipeline, the engine, and how captions are cleaned and cut first."""

    names: tuple[str, ...]
    pipeline: str
    engine: EngineName
    check_share: float
    clean: bool
    max_characters: int

    def found(self, captions: Sequence[str]) -> Iterator[list[int]]:
        """The numbers of the names that each caption holds, ascending."""
        matcher = _matcher(self.names, self.pipeline, self.clean)
        texts = [searched_part(caption, self.clean, self.max_characters)[0] for caption in captions]
        for nouns in load_engine(self.pipeline, self.engine, self.check_share).find(texts):
            yield matcher.match(nouns.keys, nouns.positions)


@lru_cache(maxsize=2)
def _matcher(names: tuple[str, ...], pipeline: str, clean: bool) -> Matcher:
    return Matcher(list(make_queries(names, "strict", pipeline, clean).values()), "strict")


@dataclass
class CaptionedImage(ItemFields[ImageFindings]):
    """An image on its way through the model; rows: shard, ordinal and caption of neighbouring rows with its bytes."""

    rows: list[tuple[str, int, str | None]]


class CaptionedPair(NamedTuple):
    """A row of the set, with its image as the model has seen it."""

    image: CaptionedImage
    shard: str
    ordinal: int
    caption: str | None

    @property
    def outcome(self) -> str:
        """The image's status; that of the caption if only the image is usable."""
        if self.image.status != statuses.OK or self.caption is None:
            return self.image.status if self.image.status != statuses.OK else statuses.NO_CAPTION
        return statuses.OK if self.caption.strip() else statuses.EMPTY_CAPTION


@dataclass(frozen=True)
class EmbedPairsTask:
    """Batches with shard, sample, ordinal, caption and image (a LOCATION), sorted by place -> PAIRS batches.

    `model` holds an embedder's settings and perhaps a `tokenizer`. An image in neighbouring rows, as sets with several
    captions an image have it, is decoded and embedded once.
    """

    root: str
    model: Mapping[str, Any]
    search: CaptionSearch
    policy: ImagePolicy = DEFAULT
    device: str = "auto"
    batch_size: int = 64

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return in_turn(self._contents(batches), self.device, self._pairs)

    def _pairs(
        self, contents: Iterator[tuple[CaptionedImage, Content]], device: torch.device
    ) -> Iterator[pa.RecordBatch]:
        embedder = {key: value for key, value in self.model.items() if key != "tokenizer"}
        models = load_models(None, embedder, batch_size=self.batch_size, device=str(device), precision="float32")
        assert models.embedder is not None
        images = Pipeline(models, self.policy, decode_threads(device), hashes=("bytes",)).run(contents)
        pairs = (CaptionedPair(image, *row) for image in images for row in image.rows)
        while some := list(islice(pairs, ROWS)):
            yield self._batch(some, models.embedder)

    def _contents(self, batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[CaptionedImage, Content]]:
        rows = row_images(self.root, batches, ("shard", "ordinal", "caption"))
        for content, same in groupby(rows, key=itemgetter(1)):
            yield CaptionedImage([row for row, _ in same]), content

    def _batch(self, pairs: Sequence[CaptionedPair], clip: ClipModel) -> pa.RecordBatch:
        usable = [pair for pair in pairs if pair.outcome == statuses.OK]
        captions = [pair.caption or "" for pair in usable]
        images = [pair.image.found.embedding for pair in usable if pair.image.found is not None]
        texts = self._texts(captions, clip)
        scores = (exact(images) * exact(texts)).sum(axis=1).tolist() if usable else []
        found = zip(images, texts, scores, self.search.found(captions), strict=True)
        rows = [
            (
                pair.shard,
                pair.ordinal,
                pair.outcome,
                pair.image.facts.sha256,
                *(next(found) if pair.outcome == statuses.OK else (None, None, None, [])),
            )
            for pair in pairs
        ]
        arrays = [pa.array(column, one.type) for column, one in zip(zip(*rows, strict=True), PAIRS, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=PAIRS)

    def _texts(self, captions: Sequence[str], clip: ClipModel) -> list[bytes]:
        if not captions:
            return []
        embedded = clip.embed_captions(captions, self.model.get("tokenizer")).cpu().numpy()
        return [encode_embedding(row) for row in embedded]
