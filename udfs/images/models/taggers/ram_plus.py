"""RAM++ as tagger: the sigmoid of each label's own logit.

Settings: weights (the checkpoint, `ram_plus_swin_large_14m.pth`), labels (a file of `ram_plus.labels`), and optionally
sha256 of the weights, mode (paper, the default, or upstream) and size, the side of the images in pixels if it differs
from that of training. Images are read as in arXiv 2404.04125: squashed to a square, no rotation, alpha dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from udfs.images.device.devices import exact_inference
from udfs.images.models import weights as weight_files
from udfs.images.models.ram_plus.labels import MODES, LabelFile, read_labels
from udfs.setup_errors import ModelError

if TYPE_CHECKING:
    import torch

    from udfs.images.decode.preprocessing import Preprocessing
    from udfs.images.models.ram_plus.network import LabelledRamPlus

KEYS: Final = frozenset({"weights", "labels", "sha256", "mode", "size"})
FLOOR: Final = 0.3
# The logits are moderate: on a CPU the scores of the golden vectors move by 1.9e-3 in mode `paper` and by 2.3e-3 in
# mode `upstream`, none across a usual threshold. The scores of CLIP (cosines times 100) and of classifiers move by
# twice that.
SAFE_IN_HALF: Final = True
PIXELS: Final[Mapping[str, Any]] = {
    "fit": "squash",
    "interpolation": "bilinear",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}


@dataclass(frozen=True, eq=False)
class RamPlusTagger:
    """The network with its labels, on one device."""

    network: LabelledRamPlus
    labels: tuple[str, ...]
    preprocessing: Preprocessing

    def scores(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, S, S] -> probabilities [B, N], float32, both on the tagger's device."""
        with exact_inference(pixels.device):
            logits = self.network.logits(self.preprocessing.normalised(pixels))
            # In float32 the last bits of a sigmoid depend on the position of the row in the batch.
            return logits.double().sigmoid().float()


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that can change a score, the labels included, from files alone: no model is built."""
    return {
        "weights": weight_files.check_digest(_named(config, "weights"), config.get("sha256")),
        "labels": read_labels(_named(config, "labels")).identity(),
        "mode": _mode(config),
        "size": config.get("size"),
        "preprocessing": {key: list(value) if isinstance(value, tuple) else value for key, value in PIXELS.items()},
        "timm": metadata.version("timm"),
    }


def build(config: Mapping[str, Any], labels: Sequence[str], device: torch.device) -> RamPlusTagger:
    """The tagger of these settings, loaded once per process. `labels` is not used: the tagger has its own labels."""
    source = _named(config, "weights")
    digest = weight_files.check_digest(source, config.get("sha256"))
    return _load(source, digest, read_labels(_named(config, "labels")), _mode(config), config.get("size"), device)


# A network takes 0.8 GB in float32. Two are kept, for a comparison of the modes.
@lru_cache(maxsize=2)
def _load(
    source: str, digest: str, labels: LabelFile, mode: str, size: int | None, device: torch.device
) -> RamPlusTagger:
    from udfs.images.decode.preprocessing import Preprocessing
    from udfs.images.models.ram_plus.checkpoint import build_network
    from udfs.images.models.ram_plus.network import LabelledRamPlus

    embeddings = labels.embeddings(mode)
    network = build_network(weight_files.load_state(source, digest), size, source)
    if embeddings.shape[-1] != network.sizes.joint:
        raise ModelError(
            f"labels {labels.source} are {embeddings.shape[-1]} wide, the weights {source} take {network.sizes.joint}"
        )
    side = network.sizes.image_size(size)
    return RamPlusTagger(
        LabelledRamPlus(network.to(device), embeddings.to(device)),
        labels.names,
        Preprocessing((side, side), **PIXELS),
    )


def _mode(config: Mapping[str, Any]) -> str:
    mode = str(config.get("mode") or MODES[0])
    if mode not in MODES:
        raise ModelError(f"mode {mode!r}: expected {' or '.join(MODES)}")
    return mode


def _named(config: Mapping[str, Any], key: str) -> str:
    if not config.get(key):
        raise ModelError(f"a ram_plus tagger needs {key} in its settings; nothing is downloaded here")
    return str(config[key])
