"""A CLIP model as zero-shot tagger: scores how close an image is to each name.

Settings: model, weights (see `clip_model`), sha256, mean, std, interpolation, resize_mode; tokenizer, if the model does
not use CLIP's own (see `text_tokens`); prompts: class | simple | ensemble, or a list of templates with {} (default:
simple); activation: softmax over the names, or sigmoid of each name by itself (default: sigmoid if the model has a bias
of its logits, as SigLIP, else softmax).
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
from udfs.setup_errors import ModelError

if TYPE_CHECKING:
    import torch

Activation = Literal["softmax", "sigmoid"]

# The default of a run's settings too (jobs/settings/image_search.py).
PROMPTS: Final = "simple"
KEYS: Final = frozenset({*clip_files.KEYS, "tokenizer", "prompts", "activation"})


@dataclass(frozen=True, eq=False)
class OpenClipTagger:
    """A model and its names as embeddings [N, D] of length 1, in float64, with the factor and bias of their cosines.

    Scores are computed from embeddings as they are stored. So when the list of names grows, images are scored again
    from the table, and the scores are the same as from the images themselves.
    """

    clip: ClipModel
    labels: tuple[str, ...]
    names: torch.Tensor
    activation: Activation
    scale: float
    bias: float

    @property
    def preprocessing(self) -> Preprocessing:
        """The model's preprocessing."""
        return self.clip.preprocessing

    def scores(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, H, W] -> scores [B, N], float32, on the device."""
        return self.scores_of(self.embeddings(pixels))

    def embeddings(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, H, W] -> embeddings [B, D] as they are stored: of length 1, rounded to float16."""
        return self.clip.embed_images(pixels).half()

    def scores_of(self, stored: torch.Tensor) -> torch.Tensor:
        """Stored embeddings [B, D] (float16, or the same numbers in float32) on the device -> scores [B, N], float32.

        Scores are computed in float64 and rounded, so that they depend neither on the number of rows nor on a device's
        kernels, which differ in the last bits of float32.
        """
        import torch

        with exact_inference(stored.device), torch.autocast(stored.device.type, enabled=False):
            logits = self.scale * (stored.double() @ self.names.T)
            if self.activation == "softmax":
                return logits.softmax(dim=-1).float()
            return (logits + self.bias).sigmoid().float()


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that can change a score except the labels: labels are input, which a run tracks shard by shard."""
    return {
        **clip_files.clip_identity(config),
        **text_tokens.identity(config),
        "templates": list(prompts.templates(config.get("prompts", PROMPTS))),
        "activation": _activation(config),
    }


def build(config: Mapping[str, Any], labels: Sequence[str], device: torch.device) -> OpenClipTagger:
    """The tagger of these settings for `labels`."""
    if not labels:
        raise ModelError("a clip tagger needs names to look for: the list of concepts is empty")
    if len(set(labels)) != len(labels):
        raise ModelError("a clip tagger needs distinct names: the list of concepts repeats some")
    clip = clip_model.load_clip(device=device, **clip_files.clip_settings(config))
    templates = prompts.templates(config.get("prompts", PROMPTS))
    return _tagger(clip, tuple(labels), templates, _activation(config), config.get("tokenizer"))


# 1,000 names by 80 templates are 80,000 forwards of the text tower: once per process.
@lru_cache(maxsize=4)
def _tagger(
    clip: ClipModel,
    labels: tuple[str, ...],
    templates: tuple[str, ...],
    activation: Activation,
    tokenizer: str | None,
) -> OpenClipTagger:
    names = clip.embed_texts(labels, templates, tokenizer).double()
    return OpenClipTagger(clip, labels, names, activation, clip.logit_scale, clip.logit_bias)


def _activation(config: Mapping[str, Any]) -> Activation:
    """The activation of the settings, else that of the model's training: sigmoid if its cosines have a bias."""
    activation = config.get("activation")
    if activation is None:
        trained = clip_files.read_config(str(config["model"]))["model_cfg"]
        return "softmax" if trained.get("init_logit_bias") is None else "sigmoid"
    if activation not in ("softmax", "sigmoid"):
        raise ModelError(f"activation {activation!r}: expected softmax or sigmoid")
    found: Activation = activation
    return found
