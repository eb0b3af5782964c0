"""The whole network: images to tokens, tokens and labels to logits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import torch
from timm.models.swin_transformer import SwinTransformer
from torch import nn

from udfs.images.models.ram_plus.head import Queries, TaggingHead, reweighted
from udfs.images.models.ram_plus.sizes import Sizes

# The most numbers in the widest intermediate result of the head, B x labels x inner: 256 MiB in float32. 4,029 labels x
# 32 images would take 1.6 GB, and as much again for the GELU.
WIDEST: Final = 2**26


class RamPlusNetwork(nn.Module):
    """RAM++ without labels, for square images with sides of `image_size` pixels."""

    def __init__(self, sizes: Sizes, image_size: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.visual = SwinTransformer(
            img_size=image_size,
            patch_size=sizes.patch,
            num_classes=0,
            global_pool="",
            embed_dim=sizes.embed,
            depths=sizes.depths,
            num_heads=sizes.heads,
            window_size=sizes.window,
            mlp_ratio=sizes.mlp_ratio,
            drop_path_rate=0.0,
            weight_init="skip",
        )
        self.projection = nn.Linear(sizes.width, sizes.joint)
        self.head = TaggingHead(sizes)

    def features(self, pixels: torch.Tensor) -> torch.Tensor:
        """Normalised images [B, 3, S, S] -> [B, 1 + P, width]: first the mean over the patches, then each patch."""
        patches = self.visual.forward_features(pixels).flatten(1, 2)
        return torch.cat([patches.mean(dim=1, keepdim=True), patches], dim=1)

    def tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Normalised images [B, 3, S, S] to tokens [B, 1 + P, joint]."""
        projected: torch.Tensor = self.projection(self.features(pixels))
        return projected


@dataclass(frozen=True, eq=False)
class LabelledRamPlus:
    """RAM++ with labels: embeddings [N, D, joint] of D descriptions each, rows of length 1, on the network's device.

    With one description per label, everything up to the first layer's queries is independent of the image. It is
    computed with the first batch and kept, in the type of that batch's computation (autocast or not).
    """

    network: RamPlusNetwork
    embeddings: torch.Tensor
    kept: dict[torch.dtype, Queries] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def logits(self, pixels: torch.Tensor) -> torch.Tensor:
        """Normalised images [B, 3, S, S] -> logits [B, N]. Labels are independent and are computed in parts."""
        tokens = self.network.tokens(pixels)
        memory = self.network.head.memory(tokens)
        return torch.cat([self.network.head(part, memory) for part in self._queries(tokens[:, 0])], dim=1)

    def _queries(self, images: torch.Tensor) -> Iterator[Queries]:
        """Queries of all labels in parts, for image embeddings [B, joint]."""
        labels, descriptions, _ = self.embeddings.shape
        head = self.network.head
        step = max(1, WIDEST // (len(images) * self.network.sizes.inner))
        for start in range(0, labels, step):
            if descriptions == 1:
                yield self._fixed(images.device).part(start, start + step)
            else:
                part = self.embeddings[start : start + step]
                yield head.queries(reweighted(images, part, head.reweight_scale))

    def _fixed(self, device: torch.device) -> Queries:
        lowered = torch.is_autocast_enabled(device.type)
        kind = torch.get_autocast_dtype(device.type) if lowered else self.embeddings.dtype
        with self.lock:
            if kind not in self.kept:
                self.kept[kind] = self.network.head.queries(self.embeddings.transpose(0, 1))
            return self.kept[kind]
