"""The files of an open_clip model: its configuration, its weights, and the identity of whatever changes an embedding.

`model` is a name that open_clip knows (`ViT-B-32`) or a folder (path, URI) with open_clip_config.json. Nothing is
downloaded: hub names are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib import metadata, util
from pathlib import Path
from typing import Any, Final

from udfs.images.models import weights as weight_files
from udfs.setup_errors import ModelError, WeightsError

CONFIG: Final = "open_clip_config.json"
FOLDER_WEIGHTS: Final = "open_clip_model.safetensors"
OVERRIDES: Final = ("mean", "std", "interpolation", "resize_mode")
KEYS: Final = frozenset({"model", "weights", "sha256", *OVERRIDES})


def clip_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of load_clip from a tagger's or embedder's settings."""
    if not config.get("model"):
        raise ModelError("the settings name no model: expected a name that open_clip knows, or a folder")
    preprocessing = {key: config[key] for key in OVERRIDES if config.get(key) is not None}
    return {
        "model": str(config["model"]),
        "weights": config.get("weights"),
        "sha256": config.get("sha256"),
        "preprocessing": preprocessing,
    }


def clip_identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of a model that can change an embedding, from its files alone: no model is built.

    A folder is identified by its contents, so that it stays the same model when it moves.
    """
    settings = clip_settings(config)
    model = settings["model"]
    content = read_config(model)
    return {
        "model": model if is_built_in(model) else CONFIG,
        "config": hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
        "weights": weight_files.check_digest(weights_source(model, settings["weights"]), settings["sha256"]),
        "dimension": content["model_cfg"]["embed_dim"],
        "preprocessing": settings["preprocessing"],
        "open_clip": metadata.version("open_clip_torch"),
    }


def read_config(model: str) -> dict[str, Any]:
    """{"model_cfg": ..., "preprocess_cfg": ...} of a built-in name or a folder, without importing open_clip."""
    if is_built_in(model):
        return {"model_cfg": json.loads(_built_in(model).read_text("utf-8")), "preprocess_cfg": {}}
    content = json.loads(config_file(model).read_text("utf-8"))
    if not isinstance(content, dict) or "embed_dim" not in content.get("model_cfg", {}):
        raise ModelError(f"{model}/{CONFIG} has no model_cfg with embed_dim: it is not an open_clip configuration")
    return {"model_cfg": content["model_cfg"], "preprocess_cfg": content.get("preprocess_cfg", {})}


def weights_source(model: str, weights: str | None) -> str:
    """The source of the weights: the named ones, else those in the model's folder."""
    if weights:
        return str(weights)
    if is_built_in(model):
        raise ModelError(f"model {model}: no weights are named, and nothing is downloaded: name a file as weights")
    return f"{model.rstrip('/')}/{FOLDER_WEIGHTS}"


def is_built_in(model: str) -> bool:
    """Whether open_clip knows the model by this name."""
    return _built_in(model).is_file()


def _built_in(model: str) -> Path:
    spec = util.find_spec("open_clip")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("open_clip is not installed: pip install open_clip_torch")
    return Path(spec.submodule_search_locations[0]) / "model_configs" / f"{model.replace('/', '-')}.json"


def config_file(model: str) -> Path:
    """The configuration in the folder `model`, copied here if that is a URI; raises ModelError if there is none."""
    if model.startswith("hf-hub:"):
        raise ModelError(f"model {model!r} is in a hub, and nothing is downloaded: download it and name its folder")
    folder = model.removeprefix("local-dir:").rstrip("/")
    try:
        return weight_files.resolve(f"{folder}/{CONFIG}")
    except WeightsError as error:
        raise ModelError(
            f"model {model!r} is neither a name that open_clip knows nor a folder with {CONFIG}"
        ) from error
