"""`describe`: makes a file of labels for RAM++ from concept lists and texts, with a CLIP model's text tower."""

from __future__ import annotations

import logging
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.concepts.descriptions import Descriptions, describe_concepts
from jobs.concepts.of_run import run_concepts
from jobs.core.sections import naming
from jobs.errors import SettingsError
from jobs.settings.image_search import Describe
from jobs.settings.settings import Settings
from jobs.settings.storage import located

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)


def describe(settings: Settings, arguments: Namespace) -> int:
    """Write the labels to --output and their names beside it; each file is written whole or not at all."""
    from udfs.images.models.ram_plus.labels import names_source, write_labels

    if settings.describe is None:
        raise SettingsError(f"{settings.name}: describing needs the section 'describe'")
    with naming("--output"):
        names_source(arguments.output)
    concepts = tuple(run_concepts(settings))
    if not concepts:
        raise SettingsError(f"{settings.name}: describing needs 'concepts'")
    described = describe_concepts(concepts, located(arguments.descriptions, settings.storage), arguments.plain)
    embeddings, model = _embed(settings.describe, described, arguments.mean)
    with naming("--output"):
        Path(arguments.output).parent.mkdir(parents=True, exist_ok=True)
        about = {"model": model, "source": described.source, **_counts(described, embeddings)}
        write_labels(Path(arguments.output), concepts, embeddings, about)
    log.info("%s: %d labels, %d description(s) each", arguments.output, *embeddings.shape[:2])
    return 0


def _embed(section: Describe, described: Descriptions, mean: bool) -> tuple[torch.Tensor, dict[str, Any]]:
    """Labels [N, D, width] on the CPU, and the identity of the model that made them."""
    from udfs.images.device.devices import choose_device
    from udfs.images.models.clip_files import clip_identity, clip_settings
    from udfs.images.models.clip_model import load_clip
    from udfs.images.models.ram_plus.describing import embed_descriptions

    config = section.model_dump(exclude_none=True, exclude={"device"})
    if len(described.counts) > 1 and not mean:
        log.info("concepts have %d to %d texts: the mean of each is kept", described.counts[0], described.counts[-1])
    keep = len(described.counts) == 1 and not mean
    with naming("describe"):
        clip = load_clip(device=choose_device(section.device), **clip_settings(config))
        return embed_descriptions(clip, described.texts.values(), keep), clip_identity(config)


def _counts(described: Descriptions, embeddings: torch.Tensor) -> dict[str, Any]:
    """The entries of the file's header about its rows."""
    return {
        "descriptions": embeddings.shape[1],
        "texts": list(described.counts),
        "rows": "texts" if embeddings.shape[1] > 1 or described.counts == (1,) else "means",
        "plain": described.plain,
    }
