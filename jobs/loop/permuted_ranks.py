"""The closed loop by several seeds, each of which gives the frequencies to the concepts in another random order.

A concept is rare in one corpus and frequent in the next, whatever it looks like. So its own difficulty cannot be what
makes rare concepts score low: frequency is given by lot, as a treatment is in an experiment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from jobs.loop.draw import draw
from jobs.loop.plan import CorpusDesign
from jobs.loop.train import Training, train
from udfs.images.zero_shot import EvaluateTask
from udfs.shards.registry import reader
from udfs.shards.task import IngestTask


@dataclass(frozen=True)
class DrawnConcept:
    """One concept in the corpus of one seed: captions that truly name it, and accuracy (0 to 1) on fresh images."""

    seed: int
    concept: str
    frequency: int
    accuracy: float


def concepts_of_seed(seed: int, folder: str | Path, drawing: CorpusDesign, training: Training) -> list[DrawnConcept]:
    """Draw a corpus into `folder`, train a model on it, and measure the accuracy of each concept by its name alone.

    The seed decides the drawing, and the training's first weights.
    """
    root = Path(folder)
    truth = draw(replace(drawing, seed=seed), root)
    train(root / "corpus", root / "model", replace(training, seed=seed))
    frequencies = zip(truth.concepts["concept"], truth.concepts["text_frequency"], strict=True)
    accuracy = _accuracy(root, tuple(truth.concepts["concept"]))
    return [DrawnConcept(seed, concept, int(frequency), accuracy[concept]) for concept, frequency in frequencies]


def _accuracy(root: Path, names: tuple[str, ...]) -> dict[str, float]:
    """The share of each concept's fresh images for which its name is the nearest."""
    task = EvaluateTask(str(root / "evaluation"), {"model": str(root / "model")}, names, ("class",))
    images: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for batch in task(_evaluation(root / "evaluation")):
        for concept, predicted in zip(batch["concept"].to_pylist(), batch["predicted"].to_pylist(), strict=True):
            images[concept] += 1
            right[concept] += predicted == concept
    return {name: right[name] / images[name] for name in names}


def _evaluation(folder: Path) -> Iterator[pa.RecordBatch]:
    read = IngestTask(reader("webdataset", {}), str(folder))
    for shard in sorted(path.name for path in folder.iterdir()):
        yield from read.read(shard)
