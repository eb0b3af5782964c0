"""The tagging head: each label attends to the image's tokens and gives one logit.

Layers of cross-attention, residual and LayerNorm after each part, without self-attention and without positions
(arXiv 2310.15200, section 3.2; sizes and constants as in the public checkpoint).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import nn

from udfs.images.models.ram_plus.sizes import HEADS, Sizes

EPS: Final = 1e-12

# Keys and values of the tokens in one layer, each [B, HEADS, T, hidden / HEADS].
Memory = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True, eq=False)
class Queries:
    """The input of n labels to the first layer: their vectors and the queries made from them, [B or 1, n, hidden]."""

    vectors: torch.Tensor
    queries: torch.Tensor

    def part(self, start: int, stop: int) -> Queries:
        """The queries of the labels from `start` to `stop`."""
        return Queries(self.vectors[:, start:stop], self.queries[:, start:stop])


class TaggingLayer(nn.Module):
    """One layer, in which labels attend to tokens."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.query = nn.Linear(sizes.hidden, sizes.hidden)
        self.key = nn.Linear(sizes.joint, sizes.hidden)
        self.value = nn.Linear(sizes.joint, sizes.hidden)
        self.attended = nn.Linear(sizes.hidden, sizes.hidden)
        self.attended_norm = nn.LayerNorm(sizes.hidden, EPS)
        self.up = nn.Linear(sizes.hidden, sizes.inner)
        self.down = nn.Linear(sizes.inner, sizes.hidden)
        self.norm = nn.LayerNorm(sizes.hidden, EPS)

    def memory(self, tokens: torch.Tensor) -> Memory:
        """Tokens [B, T, joint] to keys and values."""
        return _by_head(self.key(tokens)), _by_head(self.value(tokens))

    def forward(self, labels: Queries, memory: Memory) -> torch.Tensor:
        """Vectors [B, n, hidden] of the labels after this layer."""
        keys, values = memory
        queries = _by_head(labels.queries).expand(len(keys), -1, -1, -1)
        seen = F.scaled_dot_product_attention(queries, keys, values).transpose(1, 2).flatten(2)
        vectors = self.attended_norm(self.attended(seen) + labels.vectors)
        changed: torch.Tensor = self.norm(self.down(F.gelu(self.up(vectors))) + vectors)
        return changed


class TaggingHead(nn.Module):
    """The layers, with the projection from text embeddings to labels' vectors before and that to logits after them."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.vector = nn.Linear(sizes.joint, sizes.hidden)
        self.layers: Any = nn.ModuleList(TaggingLayer(sizes) for _ in range(sizes.layers))
        self.logit = nn.Linear(sizes.hidden, 1)
        self.reweight_scale = nn.Parameter(torch.empty(()))

    def queries(self, embeddings: torch.Tensor) -> Queries:
        """Text embeddings [B or 1, n, joint] of labels -> their input to the first layer."""
        vectors = self.vector(embeddings).relu()
        return Queries(vectors, self.layers[0].query(vectors))

    def memory(self, tokens: torch.Tensor) -> list[Memory]:
        """Keys and values of an image's tokens [B, T, joint] for each layer; they are the same for all labels."""
        return [layer.memory(tokens) for layer in self.layers]

    def forward(self, labels: Queries, memory: Sequence[Memory]) -> torch.Tensor:
        """Logits [B, n]."""
        first, *others = zip(self.layers, memory, strict=True)
        vectors = first[0](labels, first[1])
        for layer, known in others:
            vectors = layer(Queries(vectors, layer.query(vectors)), known)
        logits: torch.Tensor = self.logit(vectors).squeeze(-1)
        return logits


def reweighted(images: torch.Tensor, embeddings: torch.Tensor, log_scale: torch.Tensor) -> torch.Tensor:
    """One embedding per image and label: the mean of the label's descriptions, weighted by their fit to the image.

    images [B, joint]: each image's own embedding, of any length. embeddings [n, D, joint], rows of length 1. Weights
    are the softmax over D of the cosines times exp(log_scale). Returns [B, n, joint]; for D = 1, the embeddings.
    """
    unit = F.normalize(images, dim=-1) * log_scale.exp()
    weights = (unit @ embeddings.flatten(0, 1).T).view(len(images), *embeddings.shape[:2]).softmax(-1)
    return torch.bmm(weights.transpose(0, 1), embeddings).transpose(0, 1)


def _by_head(vectors: torch.Tensor) -> torch.Tensor:
    """[B, n, hidden] to [B, HEADS, n, hidden / HEADS]."""
    return vectors.unflatten(-1, (HEADS, -1)).transpose(1, 2)
