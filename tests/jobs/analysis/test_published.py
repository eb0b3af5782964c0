"""Every value recomputed from the paper's published files: this fixes how edges and bins are read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from jobs.analysis.law import fit_law
from jobs.analysis.protocol import Protocol

# Named `imagenet-r` in the evaluations, with counts only for some searches: not among the paper's 18 sets.
LEFT_OUT = "imagenet-r"


Tables = dict[tuple[str, ...], pd.DataFrame]


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    folder = shared / "paper"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: the published results are not on this machine")
    return folder


def counts_by_search(folder: Path) -> Tables:
    counts = pd.read_parquet(folder / "search_counts.parquet").query("downstream != @LEFT_OUT")
    airplane = (counts.downstream == "cifar10") & (counts.concept == "airplane")
    counts.loc[airplane, "concept"] = "plane"
    threshold = counts.threshold.map("{:.2f}".format)
    method = counts.text_method.fillna("")
    return dict(iter(counts.groupby([counts.corpus, counts.search, method, threshold])))


def accuracies(folder: Path) -> Tables:
    evaluations = pd.read_parquet(folder / "zero_shot_evaluations.parquet")
    return dict(iter(evaluations.groupby(["pretrained", "model", "prompt"])))


def pooled(counts: Tables, evaluations: Tables, row: pd.Series) -> pd.DataFrame:
    search = row.search.removesuffix("-lowercased")
    method = "" if search == "image" else "lowercased" if search != row.search else "lemmatized"
    found = counts[row.corpus, search, method, f"{row.threshold:.2f}"]
    scores = evaluations[row.corpus, row.model, row.prompt]
    return found.merge(scores, left_on=["downstream", "concept"], right_on=["dataset", "concept"])


def test_the_published_correlations_are_recomputed(folder: Path) -> None:
    counts, evaluations = counts_by_search(folder), accuracies(folder)
    expected = pd.read_csv(folder / "expected_correlations_cc.csv")
    for _, row in expected.iterrows():
        table = pooled(counts, evaluations, row)
        law = fit_law(table["count"], table.accuracy, Protocol("paper"))
        assert (law.bins, law.concepts, law.empty_bins) == (row.bins, row.concepts, 0)
        assert law.r == pytest.approx(row.r, abs=5e-4)
        assert law.p == pytest.approx(row.p, rel=0.02)
        assert law.r_unbinned == pytest.approx(row.r_unbinned, abs=5e-4)
        assert law.slope_per_decade == pytest.approx(row.slope_per_decade, abs=1e-4)
    assert len(expected) == 120
