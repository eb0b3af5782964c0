"""How images are preprocessed for a model that open_clip knows by name, as it is published with the model's weights.

open_clip keeps that with each tag of pretrained weights (open_clip/pretrained.py), and we know a file and no tag: what
all tags of a model have in common holds for any file of it. For SigLIP, CLIPA and MobileCLIP that is everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def common_preprocessing(model: str, keys: Sequence[str]) -> dict[str, Any]:
    """Those of `keys` on which all pretrained weights of `model` agree; none for a model without any, as a folder."""
    said = _published(model, keys)
    return {key: values[0] for key, values in said.items() if values[0] is not None and _alike(values)}


def disputed_preprocessing(model: str, keys: Sequence[str]) -> list[str]:
    """Those of `keys` in which pretrained weights of `model` differ: which is right only the file's source tells."""
    return [key for key, values in _published(model, keys).items() if not _alike(values)]


def _published(model: str, keys: Sequence[str]) -> dict[str, list[Any]]:
    """What each of the model's pretrained weights says, by key."""
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model

    name = model.replace("/", "-")
    configs = [get_pretrained_cfg(name, tag) for tag in list_pretrained_tags_by_model(name)]
    return {key: [config.get(key) for config in configs] for key in keys if configs}


def _alike(values: Sequence[Any]) -> bool:
    return all(value == values[0] for value in values)
