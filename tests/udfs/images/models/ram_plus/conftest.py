"""The golden vectors: small224 of the specification, computed by the original implementation in float32 on a CPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from udfs.images.models import weights
from udfs.images.models.ram_plus.checkpoint import build_network
from udfs.images.models.ram_plus.network import RamPlusNetwork


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """The folder of checkpoint, pictures and expected tensors."""
    return shared / "ram_plus" / "small224"


@pytest.fixture(scope="session")
def state(golden: Path) -> dict[str, torch.Tensor]:
    """The checkpoint's tensors."""
    return weights.load_state(str(golden / "checkpoint.pth"))


@pytest.fixture(scope="session")
def expected(golden: Path) -> dict[str, torch.Tensor]:
    """What the original computed."""
    return weights.load_state(str(golden / "expected.safetensors"))


@pytest.fixture(scope="session")
def network(state: dict[str, torch.Tensor]) -> RamPlusNetwork:
    """The network of the checkpoint."""
    return build_network(state, None, "golden")
