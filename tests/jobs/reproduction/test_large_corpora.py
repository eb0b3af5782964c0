"""Rows of LAION-400M and YFCC-15M, whose bins are left out differently, against numpy on the Parquet files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from published import accuracy_documents, count_documents, write_json

from jobs.lake.lake import Lake
from jobs.reproduction.fits import PoolFit
from jobs.reproduction.recompute import reproduce
from jobs.settings.settings import Settings

SETS = [
    "imagenet", "cifar10", "cifar100", "caltech101", "caltech256", "sun397", "birdsnap", "country211", "cub", "dtd",
    "eurosat", "fgvcaircraft", "flowers102", "food101", "imagenet-sketch", "oxfordpets", "stanfordcars", "ucf101",
]  # fmt: skip


@pytest.fixture(scope="module")
def paper(shared: Path) -> Path:
    """The published results that the tests have."""
    if not (shared / "paper").is_dir():
        pytest.skip(f"no {shared / 'paper'}: the published results are not on this machine")
    return shared / "paper"


@pytest.fixture(scope="module")
def fits(
    paper: Path, importer: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], PoolFit]:
    """Corpus and model -> its fit under the paper's protocol: LAION-400M's images, YFCC-15M's captions."""
    clone = tmp_path_factory.mktemp("large")
    for name, document in {**count_documents(paper), **accuracy_documents(paper)}.items():
        if "_laion400m_rampp0.7_" in name or "_yfcc15m_lemmatized_" in name or "_ensemble_" in name:
            write_json(clone / name, document)
    given = yaml.safe_load(importer(clone).read_text())
    found = reproduce(Lake(None, given["lake"]), Settings.model_validate({**given, "fit": {}}))
    assert {fit.law.protocol.name for fit in found.fits.made} == {"paper", "default"} and not found.fits.refused
    paper_only = [fit for fit in found.fits.made if fit.law.protocol.name == "paper"]
    return {(fit.pool.key.search.corpus, fit.pool.key.model): fit for fit in paper_only}


def by_hand(paper: Path, sets: list[str], counted: str, measured: str, low: int, high: int) -> tuple[float, int, int]:
    """r between edges and bin means, bins and concepts: `counted` and `measured` are conditions on the two tables."""
    counts = pd.read_parquet(paper / "search_counts.parquet").query(counted)
    scores = pd.read_parquet(paper / "zero_shot_evaluations.parquet").query(measured)
    airplane = (scores["dataset"] == "cifar10") & (scores["concept"] == "plane")
    scores = scores.assign(concept=scores["concept"].mask(airplane, "airplane"))
    keys = {"left_on": ["downstream", "concept"], "right_on": ["dataset", "concept"]}
    pairs = counts[counts["downstream"].isin(sets)].merge(scores, validate="1:1", **keys)
    x, y = np.log(np.maximum(pairs["count"], 1)).to_numpy(), pairs["accuracy"].to_numpy()
    edges = np.linspace(x.min(), x.max(), 12)
    bins = np.digitize(x, edges, right=True)
    kept = [at for at in range(low, 12 - high) if (bins == at).any()]
    means = [y[bins == at].mean() for at in kept]
    return float(np.corrcoef(edges[kept], means)[0, 1]), len(kept), len(pairs)


def test_a_row_of_laion400m(paper: Path, fits: dict[tuple[str, str], PoolFit]) -> None:
    counted = "corpus == 'laion400m' and search == 'image' and threshold == 0.7"
    measured = "pretrained == 'laion400m' and model == 'ViT-L-14' and prompt == 'ensemble'"
    r, bins, concepts = by_hand(paper, SETS, counted, measured, low=2, high=1)
    law = fits["laion400m", "ViT-L-14"].law
    assert law.r == pytest.approx(r, abs=1e-9) and (law.bins, law.concepts) == (bins, concepts) == (9, 4469)
    # It is the choice of bins that makes it: one at each end is another number.
    assert by_hand(paper, SETS, counted, measured, low=1, high=1)[0] == pytest.approx(law.r_inner, abs=1e-9)


def test_a_row_of_yfcc15m(paper: Path, fits: dict[tuple[str, str], PoolFit]) -> None:
    counted = "corpus == 'yfcc15m' and search == 'text' and text_method == 'lemmatized'"
    measured = "pretrained == 'yfcc15m' and model == 'RN101' and prompt == 'ensemble'"
    sets = [name for name in SETS if name != "imagenet-sketch"]
    r, bins, concepts = by_hand(paper, sets, counted, measured, low=1, high=1)
    law = fits["yfcc15m", "RN101"].law
    assert law.r == pytest.approx(r, abs=1e-9) and (law.bins, law.concepts) == (bins, concepts)
    assert concepts == 3469
