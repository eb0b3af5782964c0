"""Turns texts about concepts into the embeddings that RAM++ takes as labels.

As in RAM++ and in arXiv 2404.04125, CLIP's text tower embeds each text by itself (context 77, longer texts are cut),
and rows have length 1. RAM++ keeps all rows of a concept; the paper keeps their mean, brought to length 1.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import Final

import torch
import torch.nn.functional as F

from udfs.images.models.clip_model import ClipModel

log = logging.getLogger(__name__)

# Texts between two lines of the log, which are some minutes apart on a CPU.
TEXTS: Final = 8192


def embed_descriptions(clip: ClipModel, texts: Collection[Sequence[str]], keep: bool) -> torch.Tensor:
    """Embed the texts of N concepts: float32 [N, D, width] on the CPU, rows of length 1.

    keep: keep all rows; each concept must then have D texts. Otherwise D is 1: the mean over a concept's texts.
    """
    rows = _embed([text for each in texts for text in each], clip)
    parts = rows.split([len(each) for each in texts])
    if keep:
        return torch.stack(parts)
    return F.normalize(torch.stack([part.mean(dim=0, keepdim=True) for part in parts]), dim=-1)


def _embed(texts: Sequence[str], clip: ClipModel) -> torch.Tensor:
    parts = []
    for start in range(0, len(texts), TEXTS):
        parts.append(clip.embed_texts(texts[start : start + TEXTS]).cpu())
        log.info("described %d of %d texts", min(start + TEXTS, len(texts)), len(texts))
    return torch.cat(parts)
