"""Loads the models of a worker, a tagger, an embedder or both, and computes their findings in a batch of pixels.

Each model takes pixels of its own preprocessing. Models of one geometry share pixels. A tagger and an embedder that are
the same loaded model share the forward.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.devices import choose_batch_size, choose_device, choose_precision
from udfs.images.models.clip_files import clip_settings
from udfs.images.models.clip_model import ClipModel, load_clip
from udfs.images.models.embeddings import encode_embedding
from udfs.images.models.taggers import registry
from udfs.images.models.taggers.base import Tagger
from udfs.images.models.taggers.clip import OpenClipTagger
from udfs.images.running.forwards import Precision

# By name: scores [B, N] in float32; embedding and tagger_embedding [B, D] in float16.
Outputs = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class ImageFindings:
    """The models' findings in one image: labels above the floor, best first, their scores, and embeddings as stored.

    The tagger's embedding is None if the tagger is no CLIP model, and also if it equals `embedding`.
    """

    labels: npt.NDArray[np.int32] | None = None
    scores: npt.NDArray[np.float32] | None = None
    embedding: bytes | None = None
    tagger_embedding: bytes | None = None


@dataclass(frozen=True, eq=False)
class Models:
    """A tagger, an embedder, or both, on one device. Tags strictly above `floor` are kept, compared in float32."""

    tagger: Tagger | None
    embedder: ClipModel | None
    normalize: bool
    floor: float
    batch_size: int
    device: torch.device
    precision: Precision = "float32"

    @property
    def views(self) -> tuple[Preprocessing, ...]:
        """The distinct preprocessings of the models: one if both have the same geometry."""
        models = [model for model in (self.tagger, self.embedder) if model is not None]
        return tuple(dict.fromkeys(model.preprocessing.geometry for model in models))

    @property
    def loaded(self) -> Hashable:
        """The loaded models, each loaded once per process."""
        return self.tagger, self.embedder

    @property
    def shared(self) -> bool:
        """True if one forward of the same loaded model serves both."""
        return isinstance(self.tagger, OpenClipTagger) and self.tagger.clip is self.embedder

    def forward(self, pixels: Sequence[torch.Tensor]) -> Outputs:
        """The models' outputs for uint8 [B, 3, H, W], one tensor per view, all on the device."""
        found: dict[str, torch.Tensor] = {}
        embedded = None
        if self.embedder is not None:
            embedded = self.embedder.embed_images(self._of(self.embedder, pixels), normalize=False)
            unit = F.normalize(embedded, dim=-1)
            found["embedding"] = (unit if self.normalize else embedded).half()
        if isinstance(self.tagger, OpenClipTagger):
            shared = self.shared and embedded is not None
            stored = unit.half() if shared else self.tagger.embeddings(self._of(self.tagger, pixels))
            found["scores"] = self.tagger.scores_of(stored)
            if not (shared and self.normalize):
                found["tagger_embedding"] = stored
        elif self.tagger is not None:
            found["scores"] = self.tagger.scores(self._of(self.tagger, pixels))
        return found

    def found(self, outputs: Mapping[str, npt.NDArray[Any]]) -> list[ImageFindings]:
        """The findings of each image, from the outputs of B images on the host."""
        size = len(next(iter(outputs.values())))
        tags = [self.above_floor(row) for row in outputs["scores"]] if "scores" in outputs else [(None, None)] * size
        first, second = (_stored(outputs.get(name), size) for name in ("embedding", "tagger_embedding"))
        return [ImageFindings(*tag, one, other) for tag, one, other in zip(tags, first, second, strict=True)]

    def above_floor(self, scores: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """From one image's scores [N], the indices of the labels above the floor, best first, and their scores."""
        above = np.flatnonzero(scores > np.float32(self.floor))
        best = above[np.argsort(-scores[above], kind="stable")]
        return best.astype(np.int32), scores[best]

    def _of(self, model: Tagger | ClipModel, pixels: Sequence[torch.Tensor]) -> torch.Tensor:
        return pixels[self.views.index(model.preprocessing.geometry)]


def _stored(embeddings: npt.NDArray[np.float16] | None, size: int) -> Sequence[bytes | None]:
    return [None] * size if embeddings is None else [encode_embedding(row) for row in embeddings]


def load_models(
    tagger: Mapping[str, Any] | None,
    embedder: Mapping[str, Any] | None,
    labels: Sequence[str] = (),
    *,
    floor: float = 0.1,
    batch_size: int | None = None,
    device: str = "auto",
    precision: str = "auto",
) -> Models:
    """The models of these settings, each loaded once per process. `batch_size` None: a number to suit the device."""
    if tagger is None and embedder is None:
        raise ValueError("neither a tagger nor an embedder is named: there is nothing to compute from an image")
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
        batch_size=choose_batch_size(batch_size, chosen),
        device=chosen,
        precision=choose_precision(precision, chosen, tagger is None or registry.safe_in_half(tagger)),
    )
