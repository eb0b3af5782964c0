"""How images are preprocessed for a model that open_clip knows by name, as it is published with the model's weights.

open_clip keeps that with each tag of pretrained weights (open_clip/pretrained.py), and we know a file and no tag: what
all tags of a model have in common holds for any file of it. For SigLIP, CLIPA and MobileCLIP that is everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def common_preprocessing(model: str, keys: Sequence[str]) -> dict[str, Any]:
    """Those of `keys` on which all pretrained weights of `model` agree; none for a model without any, as a folder."""
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model

    name = model.replace("/", "-")
    published = [get_pretrained_cfg(name, tag) for tag in list_pretrained_tags_by_model(name)]
    found = {}
    for key in keys:
        values = [config.get(key) for config in published]
        if values and values[0] is not None and all(value == values[0] for value in values):
            found[key] = values[0]
    return found
