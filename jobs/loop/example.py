"""A small corpus to try things on: the closed loop's drawing and training, with a few options for a notebook.

What lies in the folder by the same options is not made again, so that several notebooks may share one.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from jobs.loop import stamps
from jobs.loop.draw import draw
from jobs.loop.plan import CorpusDesign


def draw_example(folder: str, max_frequency: int = 1500, synonyms: float = 0.0) -> dict[str, Any]:
    """Draw a small corpus into a folder: with 1500, 20,232 samples of 96 concepts in 8 shards, in some seconds.

    FOLDER then holds `corpus`, `evaluation`, `concepts.txt`, and `concepts.yaml` with aliases (see `draw`). synonyms:
    the share of captions that say an alias. Returns the settings of a text search in it, but for `name` and `lake`.
    """
    design = CorpusDesign(max_frequency=max_frequency, synonyms=synonyms)
    drawn = Path(folder, "drawn.json")
    if stamps.stamped(drawn) != asdict(design):
        stamps.make(drawn, asdict(design), lambda: draw(design, folder))
    return {
        "corpora": [{"name": "glyphs", "format": "webdataset", "path": f"{folder}/corpus"}],
        "concepts": [{"name": "glyphs", "file": f"{folder}/concepts.txt"}],
        "captions": {"pipeline": "en_core_web_sm", "match": "strict"},
        "report": {"output": f"{folder}/report.html"},
    }


def make_example(folder: str, max_frequency: int = 1500, steps: int = 900, synonyms: float = 0.0) -> dict[str, Any]:
    """Draw a small corpus as `draw_example`, and train a small CLIP on it for so many steps (900: one to two minutes).

    FOLDER then also holds the checkpoint `model`. Returns the settings of a run on them, but for `name`, `lake` and
    `tracking`.
    """
    # Only this needs torch.
    from jobs.loop.train import Training, train

    drawn = draw_example(folder, max_frequency, synonyms)
    training = Training(steps=steps)
    trained = Path(folder, "trained.json")
    wanted = {"drawing": stamps.stamped(Path(folder, "drawn.json")), "training": asdict(training)}
    if stamps.stamped(trained) != wanted:
        stamps.make(trained, wanted, lambda: train(Path(folder, "corpus"), Path(folder, "model"), training))
    model = {"model": f"{folder}/model"}
    fresh = {"name": "fresh", "format": "webdataset", "path": f"{folder}/evaluation", "concepts": "glyphs"}
    return {
        **drawn,
        "images": {"tagger": {"kind": "clip", **model, "floor": 0.1, "threshold": 0.5}, "embedder": model},
        "evaluate": {"sets": [fresh], "models": [{"name": "tiny", **model}], "prompts": ["simple"]},
        "fit": {},
    }
