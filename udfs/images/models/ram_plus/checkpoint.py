"""Fills the network from a checkpoint, which has the tensor names of the original code.

Tensors that the network does not need (derived buffers, the training's own labels and text decoder) are ignored. If a
tensor is missing or has another shape, the error names it as the file does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import torch

from udfs.images.models.ram_plus.network import RamPlusNetwork
from udfs.images.models.ram_plus.sizes import TAGGING, VISUAL, read_sizes
from udfs.images.models.ram_plus.windows import fuse_windows
from udfs.setup_errors import ModelError

# The name of the tagging head in older files.
OLD_HEAD: Final = "vision_multi."
OUTSIDE: Final[Mapping[str, str]] = {
    "projection": "image_proj",
    "head.vector": "wordvec_proj",
    "head.logit": "fc",
    "head.reweight_scale": "reweight_scale",
}
IN_LAYER: Final[Mapping[str, str]] = {
    "query": "crossattention.self.query",
    "key": "crossattention.self.key",
    "value": "crossattention.self.value",
    "attended": "crossattention.output.dense",
    "attended_norm": "crossattention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm": "output.LayerNorm",
}


def build_network(state: Mapping[str, torch.Tensor], size: int | None, what: str) -> RamPlusNetwork:
    """The network of a checkpoint's tensors, in float32 on the CPU, ready for inference.

    `size` is the side of the images in pixels; None means the size of training. Raises ModelError, which names the
    tensor of the weights `what` that does not fit.
    """
    state = _with_present_names(state)
    sizes = read_sizes(state, what)
    network = RamPlusNetwork(sizes, sizes.image_size(size))
    network.load_state_dict(_fitting(network, state, what))
    fuse_windows(network.visual)
    return network.eval().requires_grad_(False)


def original_name(name: str) -> str:
    """The original's name of the tensor `name` of a RamPlusNetwork."""
    if name.startswith("visual."):
        # timm merges patches at the start of a stage, the original at the end of the stage before.
        moved = re.sub(r"layers\.(\d+)\.downsample", lambda at: f"layers.{int(at[1]) - 1}.downsample", name)
        return moved.replace("visual", VISUAL, 1)
    if inside := re.fullmatch(r"head\.layers\.(\d+)\.(\w+)\.(\w+)", name):
        layer, part, kind = inside.groups()
        return f"{TAGGING}.{layer}.{IN_LAYER[part]}.{kind}"
    stem = name if name in OUTSIDE else name.rpartition(".")[0]
    return name.replace(stem, OUTSIDE[stem], 1)


def _with_present_names(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    head = TAGGING.partition(".")[0] + "."
    return {name.replace(OLD_HEAD, head, 1) if name.startswith(OLD_HEAD) else name: state[name] for name in state}


def _fitting(network: RamPlusNetwork, state: Mapping[str, torch.Tensor], what: str) -> dict[str, torch.Tensor]:
    """The checkpoint's tensors under the network's names."""
    wanted = network.state_dict()
    theirs = {name: original_name(name) for name in wanted}
    missing = [name for name in theirs.values() if name not in state]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise ModelError(f"weights {what} do not fit: {', '.join(missing[:3])}{more} missing")
    for name, tensor in wanted.items():
        found = tuple(state[theirs[name]].shape)
        if found != tuple(tensor.shape):
            raise ModelError(f"weights {what} do not fit: {theirs[name]} is {found}, expected {tuple(tensor.shape)}")
    return {name: state[theirs[name]] for name in wanted}
