"""Cards by name, and what each can do at most."""

from __future__ import annotations

import torch

# Dense float16 operations a second by the makers' data sheets, by the whole name that torch gives a card: the same chip
# is slower on another board, and a slice of one has a longer name.
PEAKS = {
    "NVIDIA H200": 989e12,
    "NVIDIA H100 80GB HBM3": 989e12,
    "NVIDIA H100 NVL": 835e12,
    "NVIDIA H100 PCIe": 756e12,
    "NVIDIA A100-SXM4-40GB": 312e12,
    "NVIDIA A100-SXM4-80GB": 312e12,
    "NVIDIA A100-PCIE-40GB": 312e12,
    "NVIDIA A100 80GB PCIe": 312e12,
    "NVIDIA L4": 121e12,
    "Tesla T4": 65e12,
}


def share_of_peak(gflops: float, name: str) -> str:
    """GFLOP a second as a share of what the card of this name can do, as text."""
    return f"{gflops * 1e9 / PEAKS[name]:.0%}" if name in PEAKS else "peak not known"


def card(device: torch.device) -> str:
    """The name of the device's card, as torch gives it."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
