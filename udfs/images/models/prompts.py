"""The templates that turn a name into the texts that a model embeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from udfs.setup_errors import ModelError


def templates(prompts: str | Sequence[str]) -> tuple[str, ...]:
    """The templates of a named set of prompts ("class", "simple", "ensemble"), or of a list; each has one {}."""
    if isinstance(prompts, str):
        named: Mapping[str, Any] = {"class": ("{}",), "simple": ("a photo of a {}.",), "ensemble": None}
        if prompts not in named:
            raise ModelError(f"prompts {prompts!r}: expected {', '.join(named)} or a list of templates with {{}}")
        return _openai_templates() if prompts == "ensemble" else named[prompts]
    found = tuple(prompts)
    if not found or any(template.count("{}") != 1 for template in found):
        raise ModelError(f"prompts {list(found)!r}: each template needs {{}} once, where the name goes")
    return found


@lru_cache(maxsize=1)
def _openai_templates() -> tuple[str, ...]:
    """The 80 templates of the CLIP paper's ImageNet ensemble, from open_clip, which has them as functions of a name."""
    from open_clip import OPENAI_IMAGENET_TEMPLATES

    return tuple(template("{}") for template in OPENAI_IMAGENET_TEMPLATES)
