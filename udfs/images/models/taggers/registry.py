"""The families of taggers by the `kind` in their settings. To add a family, write its module and list it here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from udfs.images.decode.policies import DEFAULT, PAPER, ImagePolicy
from udfs.images.models import clip_files
from udfs.setup_errors import ModelError

if TYPE_CHECKING:
    import torch

    from udfs.images.models.taggers.base import Tagger

FAMILIES: Final[Mapping[str, str]] = {
    "classifier": "udfs.images.models.taggers.classifier",
    "clip": "udfs.images.models.taggers.clip",
    "ram_plus": "udfs.images.models.taggers.ram_plus",
    "annotations": "udfs.images.models.taggers.annotations",
}
# How a family reads images, if in a way of its own.
POLICIES: Final[Mapping[str, ImagePolicy]] = {"ram_plus": PAPER}
# Keys of the tagger's section that decide the use of its scores; they do not concern the model.
OF_THE_RUN: Final = frozenset({"kind", "floor", "threshold"})
EMBEDDER_KEYS: Final = frozenset({*clip_files.KEYS, "normalize"})


def build(settings: Mapping[str, Any], labels: Sequence[str], device: torch.device) -> Tagger:
    """The tagger of `settings`, loaded on `device`; `labels` are the names that an open-vocabulary family looks for."""
    family = _family(settings)
    tagger: Tagger = family.build(_without_run(settings), labels, device)
    return tagger


def tagger_identity(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of a tagger that can change a score, for a spec. The weights' file is hashed; no model is built."""
    family = _family(settings)
    found: dict[str, Any] = family.identity(_without_run(settings))
    return {"kind": settings["kind"], **found}


def embedder_identity(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of an embedder that can change an embedding, and its dimension.

    The weights' file is hashed; no model is built.
    """
    check_embedder(settings)
    return {**clip_files.clip_identity(settings), "normalize": bool(settings.get("normalize", True))}


def check_embedder(settings: Mapping[str, Any]) -> None:
    """Raise ModelError for keys that an embedder does not have."""
    _check_keys(settings, EMBEDDER_KEYS, "embedder")


def default_policy(settings: Mapping[str, Any] | None) -> ImagePolicy:
    """The policy of this tagger if the settings have none: that of its family, else the default. Imports no model."""
    return POLICIES.get(str(settings["kind"]), DEFAULT) if settings else DEFAULT


def default_floor(settings: Mapping[str, Any]) -> float:
    """The floor of this tagger if the settings have none: the FLOOR of its family, else that of a run.

    The settings of a run have the same defaults (jobs/settings/image_search.py).
    """
    floor: float = getattr(_family(settings), "FLOOR", 0.1)
    return floor


def safe_in_half(settings: Mapping[str, Any]) -> bool:
    """Whether float16 moves this tagger's scores by about 2e-3 at most: its family has SAFE_IN_HALF.

    Only then may tags from GPUs and from CPUs be counted together.
    """
    return bool(getattr(_family(settings), "SAFE_IN_HALF", False))


def _family(settings: Mapping[str, Any]) -> ModuleType:
    kind = str(settings.get("kind"))
    if kind not in FAMILIES:
        raise ModelError(f"tagger kind {kind!r} is not known: expected {', '.join(FAMILIES)}")
    family = import_module(FAMILIES[kind])
    _check_keys(settings, family.KEYS | OF_THE_RUN, f"tagger of kind {kind}")
    return family


def _check_keys(settings: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    if unknown := sorted(set(settings) - known):
        raise ModelError(f"{what}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _without_run(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key not in OF_THE_RUN}
