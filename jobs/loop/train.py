"""Trains a tiny CLIP on a CPU in a minute or two, and saves it as an ordinary open_clip checkpoint.

The network is open_clip's own: a ModifiedResNet with one block per stage and a text tower of two layers, 4.6 million
parameters. The length of training is given in steps, not in seconds, so that a seed gives the same result on one
machine whatever else runs there.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from jobs.core.pace import Words
from jobs.core.progress import Progress
from jobs.loop.pairs import Pairs, load_pairs
from udfs.images.device.cores import on_all_cores
from udfs.images.models.clip_files import CONFIG, FOLDER_WEIGHTS
from udfs.options import option

logger = logging.getLogger(__name__)

MEAN: Final = (0.5, 0.5, 0.5)
DEVIATION: Final = (0.5, 0.5, 0.5)
STEPS: Final = Words("steps", "pairs", None)
# Lines about the training if there is no terminal.
TOLD: Final = 2
# CLIP's own limit: cosines are multiplied by at most 100.
_LARGEST_SCALE: Final = math.log(100)


@dataclass(frozen=True)
class Training:
    """How the model is built and trained: by AdamW, with a warm-up and then a cosine decay of the learning rate."""

    steps: int = option(900, "optimiser steps")
    batch: int = option(256, "pairs per step")
    learning_rate: float = option(2e-3, "the highest learning rate")
    weight_decay: float = option(0.1, "weight decay of AdamW")
    warmup: int = option(50, "steps until the highest learning rate")
    seed: int = option(0, "of the first weights and of the order of pairs")
    image_size: int = option(32, "pixels per side, a multiple of 32")
    width: int = option(16, "channels of the image tower's first stage")
    text_width: int = option(64, "width of the text tower")
    text_layers: int = option(2, "layers of the text tower")
    context: int = option(16, "tokens of a caption")
    dimension: int = option(64, "numbers in an embedding")

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "image_size", "width", "text_width", "text_layers", "dimension"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected at least 1")
        if self.image_size % 32:
            raise ValueError(f"image_size is {self.image_size}; expected 32, 64, ...: the network halves it five times")


def train(corpus: str | Path | Pairs, folder: str | Path, training: Training = Training()) -> None:  # noqa: B008
    """Train on a webdataset corpus (or on pairs already loaded) and save the checkpoint into `folder`.

    The folder then holds open_clip_config.json and open_clip_model.safetensors, so that
    `open_clip.create_model_and_transforms("local-dir:FOLDER")` loads the model with its preprocessing, offline.
    """
    pairs = corpus if isinstance(corpus, Pairs) else load_pairs(corpus, training.image_size)
    with torch.random.fork_rng(devices=[]), on_all_cores():
        torch.manual_seed(training.seed)
        model = build(training)
        _optimise(model, pairs, training)
    save(model, folder, training)


def configuration(training: Training) -> dict[str, Any]:
    """The content of open_clip_config.json."""
    return {
        "model_cfg": {
            "embed_dim": training.dimension,
            "vision_cfg": {
                "image_size": training.image_size,
                "layers": [1, 1, 1, 1],
                "width": training.width,
                "patch_size": None,
            },
            "text_cfg": {
                "context_length": training.context,
                "vocab_size": 49408,
                "width": training.text_width,
                "heads": max(1, training.text_width // 32),
                "layers": training.text_layers,
            },
        },
        "preprocess_cfg": {
            "size": [training.image_size, training.image_size],
            "mode": "RGB",
            "mean": list(MEAN),
            "std": list(DEVIATION),
            "interpolation": "bicubic",
            "resize_mode": "shortest",
            "fill_color": 0,
        },
        "training": asdict(training),
    }


def build(training: Training) -> Any:
    """The untrained network, from torch's current random state."""
    from open_clip import CLIP

    model = configuration(training)["model_cfg"]
    model["vision_cfg"]["layers"] = tuple(model["vision_cfg"]["layers"])
    return CLIP(**model)


def save(model: Any, folder: str | Path, training: Training) -> None:
    """Write the checkpoint. The weights come first, so that a folder with a configuration is complete."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    (target / CONFIG).unlink(missing_ok=True)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, str(target / FOLDER_WEIGHTS))
    (target / CONFIG).write_text(json.dumps(configuration(training), indent=2) + "\n", encoding="utf-8")
    logger.info("saved %s", target)


def _optimise(model: Any, pairs: Pairs, training: Training) -> None:
    tokens, caption_ids = _tokenise(pairs.captions, training.context)
    optimiser = torch.optim.AdamW(_groups(model, training.weight_decay), lr=training.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, training))
    # Channels last and the fused optimiser save a quarter of a step's time on a CPU.
    model.train().to(memory_format=torch.channels_last)
    with Progress("train", "model", training.steps, STEPS) as progress:
        for step, chosen in enumerate(_batches(len(pairs.captions), training), start=1):
            image, text, scale = model(_normalised(pairs.pixels[chosen]), tokens[chosen])[:3]
            loss = contrastive_loss(image, text, scale, caption_ids[chosen])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            with torch.no_grad():
                model.logit_scale.clamp_(0, _LARGEST_SCALE)
            progress.advance(1, step * len(chosen))
            if step % (1 + training.steps // TOLD) == 0 or step == training.steps:
                progress.line("step %d of %d, loss %.3f", step, training.steps, loss.item())
    model.eval()


def _tokenise(captions: tuple[str, ...], context: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens int64 [N, context], and for each caption the number of its text, equal for equal texts."""
    from open_clip import SimpleTokenizer

    numbers = {text: number for number, text in enumerate(dict.fromkeys(captions))}
    ids = torch.tensor([numbers[text] for text in captions])
    return SimpleTokenizer(context_length=context)(list(numbers))[ids], ids


def _batches(count: int, training: Training) -> Iterator[torch.Tensor]:
    """`steps` batches of indices, in a new order each epoch; a remainder below a batch goes to the next epoch."""
    random = torch.Generator().manual_seed(training.seed)
    size = min(training.batch, count)
    waiting = torch.empty(0, dtype=torch.int64)
    for _ in range(training.steps):
        if len(waiting) < size:
            waiting = torch.cat([waiting, torch.randperm(count, generator=random)])
        yield waiting[:size]
        waiting = waiting[size:]


def contrastive_loss(
    image: torch.Tensor, text: torch.Tensor, scale: torch.Tensor, caption_ids: torch.Tensor
) -> torch.Tensor:
    """CLIP's symmetric loss of embeddings [B, D]; an equal caption elsewhere in the batch is no negative."""
    logits = scale * image @ text.T
    same = caption_ids[:, None] == caption_ids[None, :]
    same.fill_diagonal_(False)
    logits = logits.masked_fill(same, float("-inf"))
    target = torch.arange(len(image))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def _normalised(pixels: torch.Tensor) -> torch.Tensor:
    shape = (1, 3, 1, 1)
    return (pixels.float() / 255 - torch.tensor(MEAN).view(shape)) / torch.tensor(DEVIATION).view(shape)


def _groups(model: Any, weight_decay: float) -> list[dict[str, Any]]:
    """The parameter groups: gains, biases and the temperature have no weight decay, as in open_clip's own training."""
    plain = [one for one in model.parameters() if one.ndim < 2]
    decayed = [one for one in model.parameters() if one.ndim >= 2]
    return [{"params": plain, "weight_decay": 0.0}, {"params": decayed, "weight_decay": weight_decay}]


def _rate(step: int, training: Training) -> float:
    """The share of the learning rate at a step."""
    warmup = min(training.warmup, training.steps // 10)
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, training.steps - warmup)))
