"""Attention within Swin's windows by torch's fused kernel, in place of timm's own.

timm writes out the scores of every image, window and head, and adds position bias and mask to them: 62 million numbers
per image of 384 pixels, several times over. Here bias and mask are one tensor, made once for all images, and the kernel
writes out no scores. The result equals timm's to the last bits of float32.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


class WindowAttention(nn.Module):
    """The attention of one block, with the weights of timm's block.

    `mask` is [W, P, P] for the P patches of each of an image's W windows, if the windows are shifted.
    """

    def __init__(self, theirs: Any, mask: torch.Tensor | None) -> None:
        super().__init__()
        self.qkv, self.proj = theirs.qkv, theirs.proj
        self.heads: int = theirs.num_heads
        positions = theirs.relative_position_bias_table[theirs.relative_position_index].permute(2, 0, 1)[None]
        bias = positions if mask is None else positions + mask[:, None]
        # The number of windows that share one bias tensor: all windows of an image, or one.
        self.windows = len(bias)
        self.bias: torch.Tensor
        self.register_buffer("bias", bias.detach().flatten(0, 1)[None].contiguous())

    def forward(self, patches: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """[B * W, P, C] -> the same shape. `mask` is timm's argument and is ignored: the bias includes it."""
        each = self.qkv(patches).unflatten(-1, (3, self.heads, -1)).unflatten(0, (-1, self.windows))
        queries, keys, values = each.permute(3, 0, 1, 4, 2, 5).flatten(2, 3)
        seen = F.scaled_dot_product_attention(queries, keys, values, self.bias)
        joined = seen.unflatten(1, (self.windows, self.heads)).transpose(2, 3).reshape(patches.shape)
        mixed: torch.Tensor = self.proj(joined)
        return mixed


def fuse_windows(visual: Any) -> None:
    """Put this attention into every block of a timm SwinTransformer that has its weights, for inference."""
    for stage in visual.layers:
        for block in stage.blocks:
            block.attn = WindowAttention(block.attn, block.attn_mask)
            block.attn_mask = None
