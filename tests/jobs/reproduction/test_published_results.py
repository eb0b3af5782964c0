"""All that shared/paper has, from files in the authors' layout to the table, against what was expected of it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from results import COLUMNS, row

from jobs.cli import main

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

KEY = ["corpus", "search", "threshold", "prompt", "model"]


@pytest.fixture(scope="module")
def output(whole: Path) -> Path:
    """The tables of one reproduction of all that is published here."""
    output = whole.parent / "out" / "paper.csv"
    assert main(["reproduce", str(whole), "--output", str(output), "--document", str(whole.parent / "r.md")]) == 0
    return output


@pytest.fixture(scope="module")
def rows(output: Path) -> pd.DataFrame:
    """The table of the contract."""
    return pd.read_csv(output)


def test_the_columns_are_the_contracts(output: Path, rows: pd.DataFrame) -> None:
    lines = output.read_text().splitlines()
    assert lines[0] == COLUMNS
    cells = next(csv.reader(io.StringIO(next(line for line in lines if ",text,,class,RN50," in line))))
    assert cells[:8] == ["classification", "cc3m", "text", "", "class", "RN50", "accuracy", "paper"]
    assert rows.protocol.value_counts().to_dict() == {"paper": 276, "default": 276}
    assert not rows.duplicated(["task", *KEY, "metric", "protocol"]).any() and not rows.r.isna().any()


def test_every_expected_correlation_is_there(shared: Path, rows: pd.DataFrame) -> None:
    expected = pd.read_csv(shared / "paper" / "expected_correlations_cc.csv")
    found = expected.merge(rows[rows.protocol == "paper"], on=["task", *KEY], how="left", suffixes=("_expected", ""))
    assert len(found) == 120 and not found.r.isna().any()
    assert (found.r - found.r_expected).abs().max() <= 5e-4
    assert (found.p / found.p_expected - 1).abs().max() < 0.02
    assert (found.bins == found.bins_expected).all() and (found.concepts == found.concepts_expected).all()
    assert (found.r_unbinned - found.r_unbinned_expected).abs().max() <= 5e-4
    assert (found.slope_per_decade - found.slope_per_decade_expected).abs().max() < 1e-4
    assert (found.slope_low < found.slope_per_decade).all() and (found.slope_per_decade < found.slope_high).all()


def test_the_bins_that_are_left_out_decide(rows: pd.DataFrame) -> None:
    found = row(rows, corpus="laion400m", search="image", threshold=0.7, prompt="ensemble", model="ViT-L-14")
    assert (round(found.r, 2), round(found.r_inner, 2), found.bins) == (0.94, 0.81, 9)
    found = row(rows, corpus="synthci30m", search="image", prompt="class")
    assert found.bins == 8 and found.r > 0.9 > 0.5 > found.r_inner


def test_the_lower_cased_search_of_yfcc15m_has_the_sets_that_there_are(output: Path, rows: pd.DataFrame) -> None:
    found = row(rows, corpus="yfcc15m", search="text-lowercased", prompt="class", model="RN50")
    beside = pd.read_csv(output.with_suffix(".beside.csv"))
    [absent] = beside[beside.search.eq("text-lowercased") & beside.corpus.eq("yfcc15m")].absent_sets.unique()
    assert found.concepts == 687 and "imagenet" in absent.split() and len(absent.split()) == 10


def test_what_the_bins_hide_stands_beside(output: Path, rows: pd.DataFrame) -> None:
    beside = pd.read_csv(output.with_suffix(".beside.csv"))
    assert len(beside) == len(rows) and (beside.model == rows.model).all()
    found = row(beside, corpus="cc3m", search="image", threshold=0.7, prompt="class", model="RN50")
    assert (found.concepts, found.distinct, found.sets) == (4469, 3168, 18)
    zeros = {search: row(beside, corpus="cc3m", search=search, prompt="class", model="RN50",
                         **({} if search == "text" else {"threshold": 0.7})).zeros
             for search in ("text", "image", "integrated")}  # fmt: skip
    assert {search: round(share, 2) for search, share in zeros.items()} == {
        "text": 0.38, "image": 0.24, "integrated": 0.55,
    }  # fmt: skip
    sizes = list(map(int, found.bin_sizes.split()))
    assert len(sizes) == 12 and sum(sizes) == 4469
    # Sets differ as wholes: the interval over them is the wider one, and the slope within them the smaller.
    assert found.within_low < found.slope_within < found.slope_low < found.slope_per_decade < found.slope_high
    assert found.within_high - found.within_low > 3 * (found.slope_high - found.slope_low)


def test_corpora_are_paired_by_concept(output: Path) -> None:
    cross = pd.read_csv(output.with_suffix(".cross.csv")).set_index(["search", "corpus", "other"])
    found = cross.loc["image", "cc12m", "laion400m"]
    assert found.paired == 3204 and found.spearman == pytest.approx(found.spearman_by_position)
    apart = cross.loc["text", "cc3m", "cc12m"]
    assert apart.concepts != apart.concepts_other and apart.spearman > 0.6 > apart.spearman_by_position


def test_misalignment_is_the_published(shared: Path, output: Path) -> None:
    published = json.loads((shared / "paper" / "misalignment.json").read_text())
    found = pd.read_csv(output.with_suffix(".misalignment.csv")).set_index("corpus")
    assert set(found.index) == set(published)
    for corpus, values in published.items():
        count, of_found, of_all = values.values()
        assert found.loc[corpus].misaligned == count
        assert found.loc[corpus].degree == pytest.approx(of_all, rel=1e-5)
        assert found.loc[corpus].degree_found == pytest.approx(of_found, rel=1e-5)


def test_tails_begin_at_one_and_fall(output: Path) -> None:
    tails = pd.read_csv(output.with_suffix(".tail.csv"), keep_default_na=False)
    for _, tail in tails.groupby(["corpus", "search"]):
        assert tail.share_of_largest.iloc[0] == 1 and tail.share_of_largest.is_monotonic_decreasing
        assert (tail.frequency > 0).all() and tail["rank"].tolist() == list(range(1, len(tail) + 1))


def test_figures_and_the_run_have_everything(output: Path) -> None:
    import mlflow

    drawn = {path.stem for path in (output.parent / "paper.figures").glob("*.png")}
    assert {"accuracy_cc3m", "accuracy_synthci30m", "thresholds_yfcc15m", "cross_corpora", "long_tail"} <= drawn
    mlflow.set_tracking_uri(f"sqlite:///{output.parents[1]}/mlflow.db")
    [run] = mlflow.search_runs(experiment_names=["paper"], output_format="list")
    logged = {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert {"paper.csv", "paper.cross.csv", "paper.figures", "protocols.json"} <= logged
    assert run.data.metrics["fits"] == 552 and run.data.metrics["refused"] == 0
    assert run.data.metrics["laion400m.image.ViT-L-14.r"] == pytest.approx(0.941, abs=1e-3)
    assert "laion400m" in run.data.params["bins.paper"]
    assert {source.dataset.name for source in run.inputs.dataset_inputs} == {"concept_counts", "evaluations"}


def test_the_document_is_cut_from_the_run(output: Path, rows: pd.DataFrame) -> None:
    text = (output.parents[1] / "r.md").read_text()
    found = row(rows, corpus="laion400m", search="image", threshold=0.7, prompt="ensemble", model="ViT-L-14")
    assert f"| laion400m | image | ensemble | ViT-L-14 | {found.r:.3f} | {found.r_inner:.3f} |" in text
    assert "**r between bin means is high by construction of means:**" in text
    assert "276 classification (paper), 276 classification (default)" in text
    assert "- **Retrieval**: the lake of this run has no scores of models" in text
    assert "yfcc15m, text-lowercased search: no counts of imagenet" in text
