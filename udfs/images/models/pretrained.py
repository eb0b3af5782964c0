"""The published preprocessing of a model that open_clip knows by name.

open_clip records the preprocessing with each tag of pretrained weights (open_clip/pretrained.py), but we know a file
and not its tag. A value that all tags of a model share holds for any file of the model. For SigLIP, CLIPA and
MobileCLIP these are all values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def common_preprocessing(model: str, keys: Sequence[str]) -> dict[str, Any]:
    """The values of `keys` on which all pretrained weights of `model` agree; none for a model without such weights."""
    said = _published(model, keys)
    return {key: values[0] for key, values in said.items() if values[0] is not None and _alike(values)}


def disputed_preprocessing(model: str, keys: Sequence[str]) -> list[str]:
    """The `keys` in which the pretrained weights of `model` differ; only the source of a file tells which is right."""
    return [key for key, values in _published(model, keys).items() if not _alike(values)]


def _published(model: str, keys: Sequence[str]) -> dict[str, list[Any]]:
    """The value of each of the model's pretrained weights, by key."""
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model

    name = model.replace("/", "-")
    configs = [get_pretrained_cfg(name, tag) for tag in list_pretrained_tags_by_model(name)]
    return {key: [config.get(key) for config in configs] for key in keys if configs}


def _alike(values: Sequence[Any]) -> bool:
    return all(value == values[0] for value in values)
