"""A small corpus to try things on: the closed loop's drawing and training, with a few options for a notebook."""

from __future__ import annotations

from pathlib import Path

from jobs.loop.draw import draw
from jobs.loop.plan import CorpusDesign
from jobs.loop.train import Training, train


def make_example(folder: str, max_frequency: int = 1500, steps: int = 900) -> None:
    """Draw a small corpus into a folder and train a small CLIP on it for so many steps (900: one to two minutes).

    FOLDER then holds `corpus`, `evaluation` and `concepts.txt` (see `draw`), and the checkpoint `model`.
    """
    draw(CorpusDesign(max_frequency=max_frequency), folder)
    train(Path(folder, "corpus"), Path(folder, "model"), Training(steps=steps))
