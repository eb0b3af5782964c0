"""A CLIP model as zero-shot tagger: how close an image lies to each name.

Settings: model, weights (see `clip_model`), sha256, mean, std, interpolation, resize_mode; tokenizer, where the model
has not CLIP's own (see `text_tokens`); prompts: class | simple | ensemble, or a list of templates with {}
(default: simple); activation: softmax over the names, or sigmoid of each by itself (default: sigmoid where the model
has a bias of its logits, as SigLIP, else softmax).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.devices import exact_inference
from udfs.images.models import clip_files, clip_model, prompts, text_tokens
from udfs.images.models.clip_model import ClipModel
from udfs.images.models.errors import ModelError

if TYPE_CHECKING:
    import torch

Activation = Literal["softmax", "sigmoid"]

# As in a run's settings (jobs/settings/image_search.py).
PROMPTS: Final = "simple"
KEYS: Final = frozenset({*clip_files.KEYS, "tokenizer", "prompts", "activation"})


@dataclass(frozen=True, eq=False)
class ClipTagger:
    """A model and its names as embeddings [N, D] of length 1, in float64, with the factor and bias of their cosines.

    Scores are computed from embeddings as they are stored, so that a list of names that grows is scored again from
    the table: an image that is looked at again gives the same scores.
    """

    clip: ClipModel
    labels: tuple[str, ...]
    names: torch.Tensor
    activation: Activation
    scale: float
    bias: float

    @property
    def preprocessing(self) -> Preprocessing:
        """That of the model."""
        return self.clip.preprocessing

    def scores(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, H, W] to scores [B, N], float32, on the device."""
        return self.scores_of(self.embeddings(pixels))

    def embeddings(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, H, W] to embeddings [B, D] as they are stored: of length 1, rounded to float16."""
        return self.clip.embed_images(pixels).half()

    def scores_of(self, stored: torch.Tensor) -> torch.Tensor:
        """Stored embeddings [B, D] (float16, or the same numbers in float32) on the device to scores [B, N], float32.

        Computed in float64 and rounded, so that a score depends neither on how many are scored nor on the kernels of a
        device, which differ in the last bits of float32.
        """
        import torch

        with exact_inference(stored.device), torch.autocast(stored.device.type, enabled=False):
            logits = self.scale * (stored.double() @ self.names.T)
            if self.activation == "softmax":
                return logits.softmax(dim=-1).float()
            return (logits + self.bias).sigmoid().float()


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """All that can change a score but the labels: those are input, which a run follows shard by shard."""
    return {
        **clip_files.clip_identity(config),
        **text_tokens.identity(config),
        "templates": list(prompts.templates(config.get("prompts", PROMPTS))),
        "activation": _activation(config),
    }


def build(config: Mapping[str, Any], labels: Sequence[str], device: torch.device) -> ClipTagger:
    """The tagger of these settings for `labels`."""
    if not labels:
        raise ModelError("a clip tagger needs the names that it shall look for: the list of concepts is empty")
    if len(set(labels)) != len(labels):
        raise ModelError("a clip tagger needs distinct names: the list of concepts holds some twice")
    clip = clip_model.load_clip(device=device, **clip_files.clip_settings(config))
    templates = prompts.templates(config.get("prompts", PROMPTS))
    return _tagger(clip, tuple(labels), templates, _activation(config), config.get("tokenizer"))


# 1,000 names by 80 templates are 80,000 forwards of the text tower: once a process.
@lru_cache(maxsize=4)
def _tagger(
    clip: ClipModel,
    labels: tuple[str, ...],
    templates: tuple[str, ...],
    activation: Activation,
    tokenizer: str | None,
) -> ClipTagger:
    names = clip.embed_texts(labels, templates, tokenizer).double()
    return ClipTagger(clip, labels, names, activation, clip.logit_scale, clip.logit_bias)


def _activation(config: Mapping[str, Any]) -> Activation:
    """As the settings say, else as the model was trained: with a bias of its cosines, by a sigmoid of each."""
    activation = config.get("activation")
    if activation is None:
        trained = clip_files.read_config(str(config["model"]))["model_cfg"]
        return "softmax" if trained.get("init_logit_bias") is None else "sigmoid"
    if activation not in ("softmax", "sigmoid"):
        raise ModelError(f"activation {activation!r}: expected softmax or sigmoid")
    found: Activation = activation
    return found
