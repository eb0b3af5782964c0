"""Published results made by a test: small ones that follow a law, as values and as the authors' files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from published import write_json

from jobs.reproduction.published_rows import PerformanceMeasure, PublishedResults, PublishedScore, Search
from jobs.settings.protocols import FitProtocol, Pools

COLUMNS = (
    "task,corpus,search,threshold,prompt,model,metric,protocol,r,p,bins,concepts,r_inner,r_all,r_unbinned,"
    "slope_per_decade,slope_low,slope_high"
)
POOLS = {
    "text_method": "lemmatized",
    "threshold": 0.7,
    "threshold_prompt": "class",
    "classification": {
        "sets": ["pets", "planes"],
        "without": {"text": ["planes"]},
        "corpora": {"cc3m": {"models": ["RN50"], "prompt": "class"}},
    },
    "retrieval": {"sets": ["coco", "flickr"], "corpora": {"cc3m": {"models": ["RN50"]}}},
    "t2i": {"sets": ["t2i"], "uncounted": "leave_out", "corpora": {"laion_aesthetics": {}}},
    "let_it_wag": {"set": "let_it_wag", "against": "pets", "prompt": "ensemble", "split": 50},
}
KEY, OTHER = "backboneRN50_pretrainedcc3m", "backboneViT-B-16_pretrainedcc3m"
ACCURACY = PerformanceMeasure("classification", "accuracy", "class")
IMAGE = Search("cc3m", "image", 0.7)


def pools(**changes: Any) -> Pools:
    """Pools of two small sets, with sections replaced."""
    return Pools.model_validate({**POOLS, **changes})


def protocol(name: str = "paper", **changes: Any) -> FitProtocol:
    """A protocol with the paper's bins over these pools."""
    return FitProtocol.model_validate({"name": name, "pools": {**POOLS, **changes}})


def frequencies(n: int, seed: int, prefix: str) -> dict[str, int]:
    """n names with frequencies over six decades, a tenth of them 0."""
    counts = np.floor(10 ** np.random.default_rng(seed).uniform(0, 6, n)).astype(int)
    counts[::10] = 0
    return {f"{prefix}{number}": int(count) for number, count in enumerate(counts)}


def accuracies(counts: dict[str, int], seed: int, scale: float = 100.0) -> dict[str, float]:
    """An accuracy for each name that grows with the logarithm of its frequency, with noise, from 0 to `scale`."""
    noise = np.random.default_rng(seed).normal(0, 0.1, len(counts))
    values = [0.1 + 0.1 * np.log10(max(count, 1)) for count in counts.values()]
    return {
        name: float(scale * np.clip(value + more, 0, 1))
        for name, value, more in zip(counts, values, noise, strict=True)
    }


def published(**changes: Any) -> PublishedResults:
    """Two sets counted in cc3m's images, and one model's accuracies."""
    counts = {"pets": frequencies(120, 0, "pet"), "planes": frequencies(80, 1, "plane")}
    scores = {
        name: {KEY: {concept: PublishedScore(value, None) for concept, value in accuracies(found, 2).items()}}
        for name, found in counts.items()
    }
    whole = {
        "counts": {IMAGE: counts},
        "scores": {ACCURACY: scores},
        "units": {ACCURACY: dict.fromkeys(counts, "percent")},
        "misaligned": (),
    }
    return PublishedResults(**{**whole, **changes})


def write_retrieval(folder: Path) -> dict[str, dict[str, int]]:
    """Counts and all six recall files of coco and flickr for cc3m's two models, which score alike.

    coco's evaluations hold an empty concept, as the published ones do.
    """
    counts = {"coco": frequencies(90, 5, "thing"), "flickr": frequencies(60, 6, "sight")}
    for name, found in counts.items():
        write_json(folder / f"search_counts/{name}_cc3m_rampp0.7_search_counts.json", found)
        for way in ("i2t", "t2i"):
            for k in (1, 5, 10):
                recall = accuracies(found, seed=k, scale=1.0)
                if name == "coco":
                    recall[""] = 0.5
                document = {key: {"full": 0.4, "conceptwise": recall} for key in (KEY, OTHER)}
                write_json(folder / f"retrieval_evaluations/{name}_{way}_k={k}_results.json", document)
    return counts


def write_text_to_image(folder: Path) -> tuple[dict[str, int], dict[str, list[float]]]:
    """Counts of prompts' concepts in LAION aesthetics and one model's scores: 1 to 8 a concept, of 10 concepts none."""
    counts = frequencies(130, 7, "prompt")
    rng = np.random.default_rng(8)
    scores = {
        name: rng.normal(3 + 0.2 * np.log10(max(count, 1)), 0.3, rng.integers(1, 9)).tolist()
        for name, count in list(counts.items())[:120]
    }
    write_json(folder / "search_counts/t2i_laion_aesthetics_rampp0.7_search_counts.json", counts)
    document = {"vendor_model-v1": {"full": 3.0, "classwise": {**scores, "never counted": [1.0]}}}
    write_json(folder / "t2i_evaluations/t2i_human_align.json", document)
    return counts, scores


def row(rows: pd.DataFrame, **key: object) -> pd.Series:
    """The one row of the paper's protocol with these cells."""
    chosen = rows[rows.protocol == key.pop("protocol", "paper")]
    for column, value in key.items():
        chosen = chosen[chosen[column] == value]
    [(_, found)] = chosen.iterrows()
    return found
