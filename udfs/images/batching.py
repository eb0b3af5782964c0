"""The models of a worker, and how images go through them: one decode and as few forwards as can be.

Every forward has the same shape: a batch that is not full is filled up with black images whose results are
dropped. Matrix kernels are chosen by shape and differ in the last bits, so that without this a sample's score
would depend on how many samples happened to share its batch, and thus on the partitioning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from udfs import statuses
from udfs.images.clip_model import ClipModel, clip_settings, load_clip
from udfs.images.decoding import ImagePolicy, decode
from udfs.images.devices import choose_device
from udfs.images.embeddings import encode_embedding
from udfs.images.taggers import registry
from udfs.images.taggers.base import Tagger
from udfs.images.taggers.clip import ClipTagger

# What the models take: the tagger's pixels and the embedder's, None where there is no such model or both
# share one.
Pixels = tuple[torch.Tensor | None, torch.Tensor | None]


@dataclass(frozen=True)
class Found:
    """What the models found in one image: the labels above the floor, best first, with their scores; the embedding; the
    clip tagger's own where it is not that.
    """

    labels: npt.NDArray[np.int32] | None = None
    scores: npt.NDArray[np.float32] | None = None
    embedding: bytes | None = None
    tagger_embedding: bytes | None = None


@dataclass(frozen=True, eq=False)
class _Results:
    """A batch's scores [B, N], embeddings [B, D], and the tagger's own [B, D] where they are not those."""

    scores: npt.NDArray[np.float32] | None
    embeddings: npt.NDArray[np.float32] | None
    own: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Prepared:
    """An image ready for the models, or the reason why there is none."""

    pixels: Pixels | None
    status: str = statuses.OK
    detail: str | None = None


@dataclass(frozen=True, eq=False)
class Models:
    """A tagger, an embedder, or both, on one device. `floor`: tags are kept strictly above it, compared in
    float32.
    """

    tagger: Tagger | None
    embedder: ClipModel | None
    normalize: bool
    floor: float
    batch_size: int
    device: torch.device

    @property
    def shared(self) -> bool:
        """True where one forward of the same loaded model serves both."""
        return isinstance(self.tagger, ClipTagger) and self.tagger.clip is self.embedder

    def prepare(self, data: bytes, policy: ImagePolicy) -> Prepared:
        """Decode and preprocess one image; what cannot be is a status."""
        decoded = decode(data, policy)
        if decoded.image is None:
            return Prepared(None, decoded.status, decoded.detail)
        try:
            first = self.tagger.preprocess(decoded.image) if self.tagger else None
            second = self.embedder.preprocess(decoded.image) if self.embedder and not self.shared else None
        # A decoded image that cannot be resized (too little memory, a side of no pixels) is bad data, not a
        # bad program.
        except (MemoryError, ValueError, ZeroDivisionError, OSError) as error:
            return Prepared(None, statuses.DECODE_ERROR, f"preprocessing: {type(error).__name__}: {error}"[:300])
        return Prepared((first, second))

    def forward(self, batch: Sequence[Pixels]) -> list[Found]:
        """What the models find in at most `batch_size` prepared images, in their order."""
        results = self._run(self._stack([one[0] for one in batch]), self._stack([one[1] for one in batch]))
        return [self._found(results, at) for at in range(len(batch))]

    def above_floor(self, scores: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """One image's scores [N] to the numbers of the labels above the floor, best first, and their scores."""
        above = np.flatnonzero(scores > np.float32(self.floor))
        best = above[np.argsort(-scores[above], kind="stable")]
        return best.astype(np.int32), scores[best]

    def _found(self, results: _Results, at: int) -> Found:
        labels, scores = self.above_floor(results.scores[at]) if results.scores is not None else (None, None)
        stored = [None if rows is None else encode_embedding(rows[at]) for rows in (results.embeddings, results.own)]
        return Found(labels, scores, *stored)

    def _run(self, first: torch.Tensor | None, second: torch.Tensor | None) -> _Results:
        if self.shared and first is not None:
            assert isinstance(self.tagger, ClipTagger) and self.embedder is not None
            raw = self.embedder.embed_images(first, normalize=False)
            unit = F.normalize(raw, dim=-1)
            tags = self.tagger.scores_of(unit)
            # The tagger scores embeddings of length 1: where others are stored, it has its own beside them.
            return _Results(tags, _numbers(unit)) if self.normalize else _Results(tags, _numbers(raw), _numbers(unit))
        scores, own = self._scored(first)
        if self.embedder is None or second is None:
            return _Results(scores, None, own)
        return _Results(scores, _numbers(self.embedder.embed_images(second, self.normalize)), own)

    def _scored(
        self, images: torch.Tensor | None
    ) -> tuple[npt.NDArray[np.float32] | None, npt.NDArray[np.float32] | None]:
        """The tagger's scores of images, and its embeddings where it has any."""
        if self.tagger is None or images is None:
            return None, None
        if not isinstance(self.tagger, ClipTagger):
            return self.tagger.scores(images), None
        unit = self.tagger.clip.embed_images(images)
        return self.tagger.scores_of(unit), _numbers(unit)

    def _stack(self, images: Sequence[torch.Tensor | None]) -> torch.Tensor | None:
        present = [image for image in images if image is not None]
        if not present:
            return None
        filled = present[0].new_zeros((self.batch_size, *present[0].shape))
        torch.stack(present, out=filled[: len(present)])
        return filled


def _numbers(rows: torch.Tensor) -> npt.NDArray[np.float32]:
    found: npt.NDArray[np.float32] = rows.cpu().numpy()
    return found


def load_models(
    tagger: Mapping[str, Any] | None,
    embedder: Mapping[str, Any] | None,
    labels: Sequence[str] = (),
    *,
    floor: float = 0.1,
    batch_size: int = 32,
    device: str = "auto",
) -> Models:
    """The models of these settings. Each is loaded once a process; a second call finds it."""
    if tagger is None and embedder is None:
        raise ValueError("neither a tagger nor an embedder is named: there is nothing to compute from an image")
    if not 1 <= batch_size <= 1024:
        raise ValueError(f"batch_size {batch_size}: expected 1 to 1024 images")
    chosen = choose_device(device)
    embedding = None
    if embedder is not None:
        registry.check_embedder(embedder)
        embedding = load_clip(device=chosen, **clip_settings(embedder))
    return Models(
        tagger=registry.build(tagger, labels, chosen) if tagger is not None else None,
        embedder=embedding,
        normalize=bool(embedder.get("normalize", True)) if embedder is not None else True,
        floor=floor,
        batch_size=batch_size,
        device=chosen,
    )
