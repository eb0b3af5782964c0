"""An open_clip model for embedding images and names, built from its configuration and weights that the user names.

`model` is a name that open_clip knows (`ViT-B-32`) or a folder (path, URI) with open_clip_config.json. Nothing is
downloaded: hub names and pretrained tags are refused, and so is a text tower that only a hub has. If a model's
tokenizer comes from a hub, the user names its file (`text_tokens`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.cores import side_by_side
from udfs.images.device.devices import exact_inference
from udfs.images.models import weights as weight_files
from udfs.images.models.clip_files import OVERRIDES, config_file, is_built_in, read_config, weights_source
from udfs.images.models.pretrained import common_preprocessing, disputed_preprocessing
from udfs.images.models.text_tokens import tokenizer_for
from udfs.setup_errors import ModelError

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

# Texts per forward of the text tower. On a CPU the time per text is least at 32, and a third more at 256.
TEXTS: Final = 32


@dataclass(frozen=True, eq=False)
class ClipModel:
    """A loaded model on its device. Weights are float32."""

    network: Any
    preprocessing: Preprocessing
    tokenizer_name: str
    text_config: Mapping[str, Any]
    dimension: int
    device: torch.device

    def embed_images(self, pixels: torch.Tensor, normalize: bool = True) -> torch.Tensor:
        """uint8 [B, 3, H, W] by `preprocessing` -> embeddings [B, D] in float32, both on the model's device.

        normalize: bring embeddings to length 1.
        """
        from torch.nn.functional import normalize as to_unit

        with exact_inference(self.device):
            features = self.network.encode_image(self.preprocessing.normalised(pixels)).float()
            return to_unit(features, dim=-1) if normalize else features

    def embed_texts(
        self, names: Sequence[str], templates: Sequence[str] = ("{}",), tokenizer: str | None = None
    ) -> torch.Tensor:
        """Embeddings [N, D] of the names: the normalised mean of the normalised embeddings over the templates.

        An underscore in a name becomes a space. `tokenizer` is a file, for a model that does not use CLIP's tokenizer.
        """
        import torch
        from torch.nn.functional import normalize

        texts = [template.replace("{}", name.replace("_", " ")) for name in names for template in templates]
        tokenize = tokenizer_for(self.tokenizer_name, self.text_config, tokenizer)
        tokens = [tokenize(texts[at : at + TEXTS]) for at in range(0, len(texts), TEXTS)]
        parts = side_by_side(self._encode, tokens, self.device)
        with exact_inference(self.device):
            each = torch.cat(parts).reshape(len(names), len(templates), -1)
            return normalize(each.mean(dim=1), dim=-1)

    def embed_captions(self, captions: Sequence[str], tokenizer: str | None = None) -> torch.Tensor:
        """Embeddings [N, D] of texts as they are, each of length 1; `tokenizer` is as in `embed_texts`.

        Each forward has TEXTS texts, the last one with padding, so that an embedding does not depend on their number.
        """
        import torch

        tokenize = tokenizer_for(self.tokenizer_name, self.text_config, tokenizer)
        padded = [*captions, *[""] * (-len(captions) % TEXTS)]
        tokens = [tokenize(padded[at : at + TEXTS]) for at in range(0, len(padded), TEXTS)]
        return torch.cat(side_by_side(self._encode, tokens, self.device))[: len(captions)]

    @property
    def logit_scale(self) -> float:
        """The factor of cosines (not its logarithm)."""
        return float(self.network.logit_scale.exp().detach())

    @property
    def logit_bias(self) -> float:
        """The bias that is added to scaled cosines: models trained with a sigmoid loss have one, others have 0."""
        bias = getattr(self.network, "logit_bias", None)
        return 0.0 if bias is None else float(bias.detach())

    def _encode(self, tokens: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import normalize

        with exact_inference(self.device):
            return normalize(self.network.encode_text(tokens.to(self.device)).float(), dim=-1)


def load_clip(
    model: str,
    weights: str | None,
    device: torch.device | str = "cpu",
    *,
    sha256: str | None = None,
    preprocessing: Mapping[str, Any] | None = None,
) -> ClipModel:
    """The model with its weights on `device`, loaded once per process for the same configuration, weights and device.

    `weights` None: the file open_clip_model.safetensors of the folder. `preprocessing` overrides mean, std,
    interpolation or resize_mode, because some pretrained weights need other values than the default.
    """
    import torch

    source = weights_source(model, weights)
    digest = weight_files.check_digest(source, sha256)
    # The resolved file, not its spelling, so that a tagger and an embedder with the same weights share a model.
    source = str(weight_files.resolve(source).resolve())
    return _load(model, source, digest, json.dumps(dict(preprocessing or {}), sort_keys=True), torch.device(device))


@lru_cache(maxsize=4)
def _load(model: str, source: str, digest: str, preprocessing: str, device: torch.device) -> ClipModel:
    config = read_config(model)["model_cfg"]
    given = json.loads(preprocessing)
    if unsaid := [key for key in disputed_preprocessing(model, OVERRIDES) if key not in given]:
        what = " and ".join(unsaid)
        log.warning(
            "model %s: its pretrained weights differ in %s, and the settings give none: OpenAI's are taken", model, what
        )
    network = _build(model, config, {**common_preprocessing(model, OVERRIDES), **given})
    _fill(network, weight_files.load_state(source, digest), f"{source} for {model}")
    network.eval().requires_grad_(False).to(device)
    return ClipModel(
        network=network,
        preprocessing=_preprocessing(network.visual.preprocess_cfg),
        tokenizer_name=model,
        text_config=config["text_cfg"],
        dimension=int(config["embed_dim"]),
        device=device,
    )


def _preprocessing(config: Mapping[str, Any]) -> Preprocessing:
    """The preprocessing of open_clip at inference by a preprocess_cfg (open_clip/transform.py, `image_transform`)."""
    size = config["size"]
    height, width = (size, size) if isinstance(size, int) else size
    fit: Any = config.get("resize_mode") or "shortest"
    # "random" is for training. For "shortest" and a size that is no square, open_clip ignores the configured
    # interpolation and uses its default.
    bilinear = config.get("interpolation") == "bilinear" and not (fit == "shortest" and height != width)
    return Preprocessing(
        size=(int(height), int(width)),
        fit=fit,
        interpolation="bilinear" if bilinear else "bicubic",
        mean=_colour(config["mean"]),
        std=_colour(config["std"]),
        fill=(int(config.get("fill_color") or 0),) * 3,
    )


def _colour(value: Any) -> tuple[float, float, float]:
    red, green, blue = (float(part) for part in (value if isinstance(value, list | tuple) else [value] * 3))
    return red, green, blue


def _build(model: str, config: Mapping[str, Any], preprocessing: Mapping[str, Any]) -> Any:
    import open_clip

    if hub := config.get("text_cfg", {}).get("hf_model_name"):
        raise ModelError(f"model {model}: its text tower {hub!r} comes from a hub, and nothing is downloaded here")
    name = model.replace("/", "-") if is_built_in(model) else f"local-dir:{config_file(model).parent}"
    with _not_random():
        return open_clip.create_model(
            name, load_weights=False, pretrained_text=False, force_preprocess_cfg=dict(preprocessing)
        )


def _fill(network: Any, state: dict[str, torch.Tensor], what: str) -> None:
    """Put every tensor in its place; raises ModelError that names a missing, unexpected or differently shaped one."""
    from open_clip.convert import convert_state_dict
    from open_clip.model import convert_to_custom_text_state_dict

    state = convert_state_dict(network, state)
    if "positional_embedding" in state and not hasattr(network, "positional_embedding"):
        state = convert_to_custom_text_state_dict(state)
    for name in ("logit_scale", "logit_bias"):  # some files hold a scalar, others a list of one number
        if name in state and getattr(network, name, None) is not None:
            state[name] = state[name].reshape(getattr(network, name).shape)
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise ModelError(f"weights {what} do not fit: {str(error)[:1000]}") from error


@contextmanager
def _not_random() -> Iterator[None]:
    """Silence open_clip's warning that the model starts with random weights: they are replaced right after."""

    def wanted(record: logging.LogRecord) -> bool:
        return "initialized randomly" not in record.getMessage()

    root = logging.getLogger()
    root.addFilter(wanted)
    try:
        yield
    finally:
        root.removeFilter(wanted)
