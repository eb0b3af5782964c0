"""From files in the authors' layout to the table: imported, fitted and written as a user does it."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from published import write_json
from results import COLUMNS, KEY, accuracies, frequencies, row, write_retrieval, write_text_to_image
from scipy import stats

from jobs.cli import main


def binned_by_hand(counts: list[int], scores: list[float]) -> tuple[float, float, int]:
    """r and p over the last four of seven bins, and how many of the four are empty (0), with loops and scipy only."""
    x = [float(np.log(max(count, 1))) for count in counts]
    edges = np.linspace(min(x), max(x), 7)
    sums, members = [0.0] * 7, [0] * 7
    for at, score in zip(x, scores, strict=True):
        number = next(place for place, edge in enumerate(edges) if at <= edge)
        sums[number] += score
        members[number] += 1
    means = [total / size if size else 0.0 for total, size in zip(sums, members, strict=True)]
    found = stats.pearsonr(edges[-4:], means[-4:])
    return float(found.statistic), float(found.pvalue), members[-4:].count(0)


def test_retrieval_follows_the_procedure(importer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = write_retrieval(tmp_path / "clone")
    # A gap that leaves a bin without a concept.
    for found in counts.values():
        for name in [n for n, count in found.items() if 1e3 < count < 1.5e4]:
            found[name] = 0
    for name, found in counts.items():
        write_json(tmp_path / "clone" / f"search_counts/{name}_cc3m_rampp0.7_search_counts.json", found)
    assert main(["reproduce", str(importer(tmp_path / "clone"))]) == 0
    rows = pd.read_csv(io.StringIO(capsys.readouterr().out), keep_default_na=False)
    assert set(rows.metric) == {f"{way}_recall@{k}" for way in ("i2t", "t2i") for k in (1, 5, 10)}
    assert set(rows.prompt) == {""} and set(rows.task) == {"retrieval"} and set(rows.model) == {"RN50", "ViT-B-16"}
    for k in (1, 5, 10):
        pairs = [
            (count, recall[concept])
            for name in ("coco", "flickr")
            for recall in [
                accuracies(frequencies(*{"coco": (90, 5, "thing"), "flickr": (60, 6, "sight")}[name]), k, 1.0)
            ]
            for concept, count in counts[name].items()
        ]
        r, p, empty = binned_by_hand(*map(list, zip(*pairs, strict=True)))
        found = row(rows, metric=f"i2t_recall@{k}", model="RN50")
        assert (found.bins, found.concepts, empty) == (4, 150, 1)
        assert found.r == pytest.approx(r, abs=1e-5) and found.p == pytest.approx(p, rel=1e-4)
        assert (rows[rows.metric.str.endswith(f"@{k}") & rows.protocol.eq("paper")].r == found.r).all()


def test_a_unit_that_differs_costs_those_fits_alone(
    importer, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    counts = write_retrieval(tmp_path / "clone")
    recall = {KEY: {"conceptwise": accuracies(counts["flickr"], 1, 100.0)}}
    write_json(tmp_path / "clone/retrieval_evaluations/flickr_i2t_k=1_results.json", recall)
    assert main(["reproduce", str(importer(tmp_path / "clone")), "--output", str(tmp_path / "o.csv")]) == 0
    rows = pd.read_csv(tmp_path / "o.csv")
    assert set(rows[rows.model == "RN50"].metric) == {f"{w}_recall@{k}" for w in ("i2t", "t2i") for k in (1, 5, 10)} - {
        "i2t_recall@1"
    }
    assert "i2t_recall@1: i2t_recall@1 is in share for coco and in percent for flickr" in caplog.text


def test_text_to_image_follows_the_procedure(importer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts, scores = write_text_to_image(tmp_path / "clone")
    config = importer(tmp_path / "clone")
    assert main(["reproduce", str(config), "--output", str(tmp_path / "t2i.csv")]) == 0
    rows = pd.read_csv(tmp_path / "t2i.csv")
    means = {name: float(np.mean(values)) for name, values in scores.items()}
    r, p, empty = binned_by_hand([counts[name] for name in means], list(means.values()))
    found = row(rows, task="t2i")
    assert (found.corpus, found.model, found.metric) == ("laion_aesthetics", "vendor_model-v1", "human_align")
    assert (found.bins, found.concepts, empty) == (4, 120, 0)
    assert found.r == pytest.approx(r, abs=1e-5) and found.p == pytest.approx(p, rel=1e-4)
    # The ten counted concepts that no prompt has are said.
    assert row(pd.read_csv(tmp_path / "t2i.beside.csv"), task="t2i").left_out == 10


def test_let_it_wag_is_held_against_imagenet(importer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    means = {"a": (20.0, 5.0), "b": (40.0, 15.0), "c": (60.0, 30.0), "d": (80.0, 60.0)}
    for name, place, folder in (
        ("imagenet", 0, "zero_shot_evaluations"),
        ("let_it_wag", 1, "let_it_wag_datasets/evaluations"),
    ):
        classes = ("x", "y") if name == "imagenet" else ("z",)
        document = {
            model: {"full": -1, "classwise": {one: both[place] + 2 * at for at, one in enumerate(classes)}}
            for model, both in means.items()
        }
        if name == "imagenet":
            document["e"] = {"full": -1, "classwise": {"x": 50, "y": 50}}
        write_json(tmp_path / "clone" / folder / f"{name}_ensemble_results.json", document)
    output = tmp_path / "o.csv"
    assert main(["reproduce", str(importer(tmp_path / "clone")), "--output", str(output)]) == 0
    assert "left out: 1 models were measured on only one of imagenet and let_it_wag: e" in caplog.text
    wag = pd.read_csv(tmp_path / "o.wag.csv").set_index("model")
    assert wag.accuracy.to_dict() == {model: both[0] + 1 for model, both in means.items()}
    assert wag.side.to_dict() == {"a": "below", "b": "below", "c": "above", "d": "above"}
    assert wag.slope.to_dict() == {"a": 0.5, "b": 0.5, "c": 1.5, "d": 1.5}
    assert (tmp_path / "o.figures" / "let_it_wag.png").is_file()


def test_refusals_are_listed_by_name(
    importer, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    counts = write_retrieval(tmp_path / "clone")
    write_json(
        tmp_path / "clone/search_counts/coco_cc3m_rampp0.7_search_counts.json", {**counts["coco"], "without score": 3}
    )
    output = tmp_path / "o.csv"
    assert main(["reproduce", str(importer(tmp_path / "clone")), "--output", str(output)]) == 1
    assert output.read_text().splitlines() == [COLUMNS]
    refused = pd.read_csv(tmp_path / "o.refused.csv", keep_default_na=False)
    assert len(refused) == 24 and set(refused.protocol) == {"paper", "default"}
    assert set(refused.reason[refused.metric == "i2t_recall@5"]) == {
        "1 counted concepts have no i2t_recall@5: coco: without score"
    }
    assert "not fitted under 2 protocols: cc3m, image 0.7 search, RN50, i2t_recall@5: 1 counted" in caplog.text
    assert capsys.readouterr().err.endswith("\n")


def test_sets_that_are_absent_are_said_once_a_search(
    importer, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    write_retrieval(tmp_path / "clone")
    (tmp_path / "clone/search_counts/flickr_cc3m_rampp0.7_search_counts.json").unlink()
    assert main(["reproduce", str(importer(tmp_path / "clone"))]) == 0
    said = "retrieval, cc3m, image 0.7 search: fitted over a part of the protocol's sets: there are no counts of flickr"
    assert caplog.text.count(said) == 1
    assert "12 under default (24 over some of the protocol's sets only);" in capsys.readouterr().err


def test_misalignment_alone_is_a_result(importer, tmp_path: Path) -> None:
    totals = {
        "misalignment_counts": 6,
        "misalignment_degree (percent); extracted dataset size": 6 / 40,
        "misalignment_degree (percent); fixed conservative dataset size": 6 / 90,
    }
    write_json(tmp_path / "clone/misalignment_metrics/cc3m_misalignment_degree.json", totals)
    assert main(["reproduce", str(importer(tmp_path / "clone")), "--output", str(tmp_path / "o.csv")]) == 0
    assert pd.read_csv(tmp_path / "o.misalignment.csv").misaligned.tolist() == [6]


def test_a_document_is_about_the_papers_protocol(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "c.yaml").write_text(f"name: p\nlake: {tmp_path / 'lake'}\nfit: {{protocols: [default, paper]}}\n")
    assert main(["reproduce", str(tmp_path / "c.yaml"), "--document", str(tmp_path / "d.md")]) == 2
    assert "name `paper` first" in caplog.text and not (tmp_path / "d.md").exists()


def test_a_lake_without_published_results_says_what_to_do(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "c.yaml").write_text(f"name: paper\nlake: {tmp_path / 'lake'}\n")
    assert main(["reproduce", str(tmp_path / "c.yaml")]) == 1
    assert "no published results: run `conceptfreq import-published` first" in caplog.text


def test_a_dry_run_writes_nothing(importer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_retrieval(tmp_path / "clone")
    config = importer(tmp_path / "clone")
    assert main(["reproduce", str(config), "--dry-run", "--output", str(tmp_path / "o.csv")]) == 0
    assert capsys.readouterr().out.startswith("fits: 12 under paper, 12 under default; refused 0")
    assert not (tmp_path / "o.csv").exists() and not (config.parent / "mlflow.db").exists()


def test_the_same_results_are_logged_once(importer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import mlflow

    write_retrieval(tmp_path / "clone")
    config = importer(tmp_path / "clone")
    summaries = []
    for _ in range(2):
        assert main(["reproduce", str(config), "--json"]) == 0
        summaries.append(json.loads(capsys.readouterr().out))
    mlflow.set_tracking_uri(f"sqlite:///{config.parent}/mlflow.db")
    [run] = mlflow.search_runs(experiment_names=["paper"], output_format="list")
    assert summaries == [{"fits": 24, "refused": 0, "mlflow_run": run.info.run_id}] * 2


def test_what_could_not_be_logged_is_kept_and_logged_by_the_same_command(
    importer, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    write_retrieval(tmp_path / "clone")
    config = importer(tmp_path / "clone")
    # The database takes the run; where its files go, something else is.
    (config.parent / "mlartifacts").touch()
    command = ["reproduce", str(config), "--json", "--output", str(tmp_path / "o.csv")]
    assert main(command) == 1
    assert "took no run" in caplog.text and "start the same command again" in caplog.text
    assert len(pd.read_csv(tmp_path / "o.csv")) == 24
    (config.parent / "mlartifacts").unlink()
    capsys.readouterr()
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["mlflow_run"]
