"""A small corpus to try things on: the closed loop's drawing and training, with a few options for a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.loop.draw import draw
from jobs.loop.plan import CorpusDesign
from jobs.loop.train import Training, train


def make_example(folder: str, max_frequency: int = 1500, steps: int = 900, synonyms: float = 0.0) -> dict[str, Any]:
    """Draw a small corpus into a folder and train a small CLIP on it for so many steps (900: one to two minutes).

    FOLDER then holds `corpus`, `evaluation`, `concepts.txt`, `concepts.yaml` with aliases (see `draw`), and the
    checkpoint `model`. synonyms: the share of captions that say an alias. Returns the settings of a run on them, but
    for `name`, `lake` and `tracking`.
    """
    draw(CorpusDesign(max_frequency=max_frequency, synonyms=synonyms), folder)
    train(Path(folder, "corpus"), Path(folder, "model"), Training(steps=steps))
    model = {"model": f"{folder}/model"}
    fresh = {"name": "fresh", "format": "webdataset", "path": f"{folder}/evaluation", "concepts": "glyphs"}
    return {
        "corpora": [{"name": "glyphs", "format": "webdataset", "path": f"{folder}/corpus"}],
        "concepts": [{"name": "glyphs", "file": f"{folder}/concepts.txt"}],
        "captions": {"pipeline": "en_core_web_sm", "match": "strict"},
        "images": {"tagger": {"kind": "clip", **model, "floor": 0.1, "threshold": 0.5}},
        "evaluate": {"sets": [fresh], "models": [{"name": "tiny", **model}], "prompts": ["simple"]},
        "fit": {},
    }
