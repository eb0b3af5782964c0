"""A CLIP model as zero-shot tagger: how close an image lies to each name.

Settings: model, weights (see `clip_model`), sha256, mean, std, interpolation, resize_mode, and
prompts: class | simple | ensemble, or a list of templates with {} (default: ensemble), and
activation: softmax over the names (default), or sigmoid of each by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from udfs.images import clip_model
from udfs.images.clip_model import ClipModel, ModelError
from udfs.images.devices import exact_inference

if TYPE_CHECKING:
    import torch

KEYS: Final = frozenset({*clip_model.KEYS, "prompts", "activation"})


@dataclass(frozen=True, eq=False)
class ClipTagger:
    """Names as embeddings [N, D] beside the model that made them."""

    clip: ClipModel
    labels: tuple[str, ...]
    names: torch.Tensor
    activation: Literal["softmax", "sigmoid"]

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        """float32 [3, H, W]."""
        return self.clip.preprocess(image)

    def scores(self, pixels: torch.Tensor) -> npt.NDArray[np.float32]:
        """Scores [B, N]."""
        return self.scores_of(self.clip.embed_images(pixels))

    def scores_of(self, embeddings: torch.Tensor) -> npt.NDArray[np.float32]:
        """Scores [B, N] of embeddings [B, D] of length 1, rounded to float16 as they are stored: those that are read
        from a table score the same.
        """
        with exact_inference():
            logits = self.clip.logit_scale * embeddings.half().float() @ self.names.T
            if self.activation == "softmax":
                return logits.softmax(dim=-1).cpu().numpy()
            return _sigmoid((logits + self.clip.logit_bias).cpu().numpy())


def _sigmoid(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The sigmoid of logits [B, N], the same for a row wherever it stands in the batch.

    torch computes the last few numbers of a tensor by another exponential than the others, one bit apart.
    """
    with np.errstate(over="ignore"):
        scores: npt.NDArray[np.float32] = 1 / (1 + np.exp(-logits))
        return scores


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """All that can change a score but the labels: those are input, which a run follows shard by shard."""
    return {
        **clip_model.clip_identity(config),
        "templates": list(clip_model.templates(config.get("prompts", "ensemble"))),
        "activation": _activation(config),
    }


def build(config: Mapping[str, Any], labels: Sequence[str], device: torch.device) -> ClipTagger:
    """The tagger of these settings for `labels`."""
    if not labels:
        raise ModelError("a clip tagger needs the names that it shall look for: the list of concepts is empty")
    if len(set(labels)) != len(labels):
        raise ModelError("a clip tagger needs distinct names: the list of concepts holds some twice")
    clip = clip_model.load_clip(device=device, **clip_model.clip_settings(config))
    templates = clip_model.templates(config.get("prompts", "ensemble"))
    return ClipTagger(clip, tuple(labels), _names(clip, tuple(labels), templates), _activation(config))


# 1,000 names by 80 templates are 80,000 forwards of the text tower: once a process.
@lru_cache(maxsize=4)
def _names(clip: ClipModel, labels: tuple[str, ...], templates: tuple[str, ...]) -> torch.Tensor:
    return clip.embed_texts(labels, templates)


def _activation(config: Mapping[str, Any]) -> Literal["softmax", "sigmoid"]:
    activation = config.get("activation", "softmax")
    if activation not in ("softmax", "sigmoid"):
        raise ModelError(f"activation {activation!r}: expected softmax or sigmoid")
    found: Literal["softmax", "sigmoid"] = activation
    return found
