"""Computes tags for other labels from stored embeddings of a clip tagger and the texts of the new labels.

No image is opened and no image tower runs. Scores come from the function that a fresh run calls, on batches of the same
shape, and a fresh run also scores its embeddings rounded as they are stored. So the rows are those of a fresh run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import torch

from udfs.images.decode.facts import Facts
from udfs.images.device.gpu_lock import in_turn
from udfs.images.feature_rows import ROWS, FeatureRow, cut, to_batch
from udfs.images.models.embeddings import decode_embeddings
from udfs.images.models.taggers.clip import OpenClipTagger
from udfs.images.running.loaded_models import ImageFindings, Models, load_models
from udfs.schemas import FACTS
from udfs.statuses import OK

# The columns that are read of a stored row; its tags and seconds are computed again.
STORED: Final = ("shard", "sample", "ordinal", "status", "detail", "embedding", "tagger_embedding", *FACTS.names)


@dataclass(frozen=True)
class RescoreTask:
    """Batches of image_features with the columns STORED -> FEATURES batches, one output row per input row, in order.

    `tagger` is a clip tagger's settings, `labels` the names that it looks for. Raises ValueError if a usable row holds
    no embedding of the tagger, or one of another dimension.
    """

    tagger: Mapping[str, Any]
    labels: tuple[str, ...]
    floor: float = 0.1
    device: str = "auto"
    batch_size: int | None = None

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return in_turn((batch for batch in batches if batch.num_rows), self.device, self._scored)

    def _scored(self, batches: Iterator[pa.RecordBatch], device: torch.device) -> Iterator[pa.RecordBatch]:
        models = load_models(
            self.tagger, None, self.labels, floor=self.floor, batch_size=self.batch_size, device=str(device)
        )
        for batch in batches:
            for start in range(0, batch.num_rows, ROWS):
                for part in cut(list(_rows(batch.slice(start, ROWS), models))):
                    yield to_batch(part, self.labels)


def _rows(stored: pa.RecordBatch, models: Models) -> Iterator[FeatureRow]:
    """The rows with new tags, computed for one forward's embeddings at a time; unusable rows stay as they are."""
    columns = [stored.column(name).to_pylist() for name in STORED]
    for start in range(0, stored.num_rows, models.batch_size):
        began = time.perf_counter()
        part = list(zip(*(column[start : start + models.batch_size] for column in columns), strict=True))
        tags = iter(_tags([_embedding(*row) for row in part if row[3] == OK], models))
        rows = []
        for shard, sample, ordinal, status, detail, embedding, own, *facts in part:
            found = ImageFindings(*next(tags), embedding, own) if status == OK else None
            rows.append(FeatureRow(shard, sample, status, detail, found=found, ordinal=ordinal, facts=Facts(*facts)))
        each = (time.perf_counter() - began) / len(rows)
        for row in rows:
            row.seconds["score"] = each
            yield row


def _embedding(
    shard: str, sample: str, _: int, __: str, ___: str | None, embedding: bytes | None, own: bytes | None, *____: Any
) -> bytes:
    """The tagger's embedding: its own if it is stored, else that of the embedder, whose model it shares."""
    stored = own or embedding
    if stored is None:
        raise ValueError(f"shard {shard}, sample {sample}: no embedding of the tagger is stored to be scored again")
    return stored


def _tags(embeddings: Sequence[bytes], models: Models) -> Iterator[tuple[Any, Any]]:
    """For each embedding, the labels above the floor and their scores. The batch is padded as in a fresh run."""
    if not embeddings:
        return
    tagger = models.tagger
    assert isinstance(tagger, OpenClipTagger)
    filled = np.zeros((models.batch_size, tagger.clip.dimension), np.float32)
    filled[: len(embeddings)] = decode_embeddings(embeddings, tagger.clip.dimension)
    scores = tagger.scores_of(torch.from_numpy(filled).to(models.device)).cpu().numpy()
    for at in range(len(embeddings)):
        yield models.above_floor(scores[at])
