"""The arithmetic of costs, against published numbers and against torch's own count."""

from __future__ import annotations

import pytest
import random_ram_plus
import torch
from torch.utils.flop_counter import FlopCounterMode

from udfs.images.models.ram_plus.checkpoint import build_network
from udfs.images.models.ram_plus.cost import cost
from udfs.images.models.ram_plus.network import LabelledRamPlus
from udfs.images.models.ram_plus.sizes import SWIN_LARGE


def test_the_published_network() -> None:
    # Swin-L at 384 pixels: 103.9 billion multiplications (arXiv 2103.14030, table 1).
    assert cost(SWIN_LARGE, 4029).visual == pytest.approx(2 * 103.9, rel=0.01)
    many = cost(SWIN_LARGE, 4029, descriptions=51)
    assert many.total == pytest.approx(310, rel=0.005)
    once = cost(SWIN_LARGE, 4029)
    assert once.queries == 0 and once.total == once.visual + once.head == pytest.approx(302, rel=0.005)


@pytest.mark.parametrize("descriptions", [1, 3])
@torch.inference_mode()
def test_torch_counts_the_same(descriptions: int) -> None:
    sizes = random_ram_plus.TINY
    network = build_network(random_ram_plus.random_state(sizes), None, "tiny")
    labelled = LabelledRamPlus(network, torch.randn(11, descriptions, sizes.joint))
    pixels = torch.zeros(1, 3, sizes.image, sizes.image)
    labelled.logits(pixels)
    with FlopCounterMode(display=False) as counter:
        labelled.logits(pixels)
    assert counter.get_total_flops() / 1e9 == pytest.approx(cost(sizes, 11, descriptions).total, rel=1e-6)
