"""The fixes of names are data, and are all that the published counts and accuracies need to be paired."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from jobs.published.layout import name_fixes
from jobs.settings.settings import Settings


def test_with_the_fixes_every_accuracy_has_a_count(paper: Path) -> None:
    fixes = name_fixes(Settings(name="paper", lake="./none"))
    assert fixes == {"cifar10": {"plane": "airplane"}}
    counts = pd.read_parquet(paper / "search_counts.parquet").query("corpus == 'cc3m' and search == 'image'")
    scores = pd.read_parquet(paper / "zero_shot_evaluations.parquet")
    counted = set(zip(counts["downstream"], counts["concept"], strict=True))
    named = {
        (one_set, fixes.get(one_set, {}).get(concept, concept))
        for one_set, concept in zip(scores["dataset"], scores["concept"], strict=True)
    }
    # imagenet-r differs by underscores and is none of the paper's 18 sets.
    assert {one_set for one_set, _ in named - counted} == {"imagenet-r"}
