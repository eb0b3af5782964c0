"""`longtail` over published counts takes the published accuracies of its concepts, as fits pool them."""

from __future__ import annotations

import csv
import json
import logging
import re
import shutil
from pathlib import Path

import pytest

from jobs.cli import main

SETS = ("cifar10", "dtd", "food101", "oxfordpets")


@pytest.fixture(scope="module")
def clone(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published counts and accuracies of four sets for cc3m."""
    raw = shared / "paper" / "raw"
    if not raw.is_dir():
        pytest.skip(f"no {raw}: the published results are not on this machine")
    folder = tmp_path_factory.mktemp("clone")
    names = [f"search_counts/{name}_cc3m_rampp0.7_search_counts.json" for name in SETS]
    for name in (*names, *(f"zero_shot_evaluations/{one}_ensemble_results.json" for one in SETS)):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(raw / name, folder / name)
    return folder


def test_scores_and_slopes_of_rare_concepts(importer, clone: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = importer(clone)
    output = config.parent / "rare.csv"
    with caplog.at_level(logging.INFO):
        assert main(["longtail", str(config), "--search", "image", "--concepts", "60", "--output", str(output)]) == 0
    found = re.findall(
        r"cc3m, image 0\.7 search, (\S+), accuracy, ensemble prompts: slope per decade (\S+) .*over (\d+) of them, "
        r"(\S+) .*over all (\d+)",
        caplog.text,
    )
    # cifar10 has 10 classes, dtd 47, food101 101 and oxfordpets 37.
    sizes = [(model, int(rare), int(every)) for model, _, rare, _, every in found]
    assert sizes == [("RN50", 60, 195), ("ViT-B-16", 60, 195)]
    assert all(float(slope) > 0 for _, _, _, slope, _ in found)
    with output.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 60 and all(row["frequency cc3m"] != "0" for row in rows)
    accuracies = json.loads((clone / "zero_shot_evaluations" / "food101_ensemble_results.json").read_text())
    of_cc3m = [one["classwise"] for key, one in accuracies.items() if re.search(r"(RN50|ViT-B-16)_.*cc3m", key)]
    food = next(row for row in rows if row["lists"] == "food101")
    published = [one[food["concept"]] for one in of_cc3m]
    assert float(food["score"]) == pytest.approx(sum(published) / len(published) / 100)
    assert food["scores"] == str(len(published))
