"""Attention in windows gives what timm's own gives, shifted or not."""

from __future__ import annotations

import pytest
import torch
from timm.models.swin_transformer import SwinTransformer, SwinTransformerBlock

from udfs.images.models.ram_plus.windows import WindowAttention, fuse_windows


@pytest.mark.parametrize(("shift", "side"), [(0, 8), (2, 8), (2, 4)])
@torch.inference_mode()
def test_a_block_with_it_computes_what_timm_does(shift: int, side: int) -> None:
    torch.manual_seed(0)
    block = SwinTransformerBlock(24, (side, side), num_heads=3, window_size=4, shift_size=shift).eval()
    # timm starts with a bias of next to nothing.
    torch.nn.init.normal_(block.attn.relative_position_bias_table)
    # A window that is the whole image is not shifted.
    assert (block.attn_mask is not None) == (shift > 0 and side > 4)
    patches = torch.randn(3, side, side, 24)
    expected = block(patches)
    block.attn = WindowAttention(block.attn, block.attn_mask)
    torch.testing.assert_close(block(patches), expected, atol=1e-5, rtol=0)


@torch.inference_mode()
def test_every_block_of_a_network_gets_it() -> None:
    torch.manual_seed(0)
    sizes = {"img_size": 64, "embed_dim": 8, "depths": (2, 2), "num_heads": (1, 2), "window_size": 4}
    visual = SwinTransformer(**sizes, num_classes=0, global_pool="", drop_path_rate=0.0).eval()
    for stage in visual.layers:
        for block in stage.blocks:
            torch.nn.init.normal_(block.attn.relative_position_bias_table)
    pixels = torch.randn(2, 3, 64, 64)
    expected = visual.forward_features(pixels)
    fuse_windows(visual)
    blocks = [block for stage in visual.layers for block in stage.blocks]
    assert all(isinstance(block.attn, WindowAttention) and block.attn_mask is None for block in blocks)
    torch.testing.assert_close(visual.forward_features(pixels), expected, atol=1e-5, rtol=0)
