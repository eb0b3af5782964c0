"""`import-scores` as a user calls it, and the law that own counts and imported scores make."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lakes
import numpy as np
import pytest
import tiny
import yaml
from pyspark.sql import SparkSession

from jobs.cli import main
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.imported import load
from jobs.imported.load import WRITTEN, load_scores, score_batches
from jobs.imported.score_files import read_score_file
from jobs.imported.scores import check_scores
from jobs.lake.lake import Lake
from jobs.results.fits.fit_inputs import fit_inputs
from jobs.settings.settings import Settings
from jobs.stages.report import report_data

HEADER = "set,concept,model,metric,value,samples,higher_is_better"
# tiny's frequencies: dog 3, cat 3, bicycle 2, tiger 1, leaf 1, new_york 1, unicorn 0; 737 has no nouns.
ERRORS = {"dog": 11.0, "cat": 12.0, "bicycle": 14.0, "tiger": 20.0, "leaf": 21.0, "new_york": 19.0, "unicorn": 25.5}
FOUR = {"name": "four", "bins": {"classification": {"edges": 4, "drop_low": 0, "drop_high": 0, "empty": "zero"}}}


@pytest.fixture(scope="module")
def counted(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny corpus, counted, in a folder; settings.yaml there has no section `evaluate`."""
    folder = tmp_path_factory.mktemp("counted")
    tiny.corpus(folder / "corpus")
    given = tiny.settings_dict(folder, fit={"protocols": [FOUR]})
    tiny.run_here(spark, given, ["ingest", "captions", "count"])
    for name in (*WRITTEN, "fits"):
        Lake(spark, given["lake"]).ensure(name)
    return folder


@pytest.fixture
def config(counted: Path, tmp_path: Path) -> Path:
    """Settings over a copy of the counted lake."""
    shutil.copytree(counted / "lake", tmp_path / "lake")
    given = {**tiny.settings_dict(counted, fit={"protocols": [FOUR]}), "lake": str(tmp_path / "lake")}
    given["tracking"] = {"uri": f"sqlite:///{tmp_path}/mlflow.db", "experiment": "tiny"}
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump(given))
    return path


def write_scores(config: Path, rows: Sequence[str], name: str = "human.csv") -> str:
    path = config.parent / name
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return str(path)


def error_rows(of_set: str = "human", model: str = "sd", by: float = 0.0) -> list[str]:
    return [f"{of_set},{name},{model},error,{value + by},7,false" for name, value in ERRORS.items()]


def lake_of(config: Path) -> Lake:
    return Lake(None, str(config.parent / "lake"))


def scores_of(config: Path) -> dict[tuple[str, str, str, str], float]:
    rows = lake_of(config).rows("evaluations")
    return {(row["set"], row["model"], row["metric"], row["concept"]): row["value"] for row in rows}


def context_of(config: Path) -> Context:
    settings = Settings.model_validate(yaml.safe_load(config.read_text()))
    return Context(settings, Lake(None, settings.lake))


def test_scores_are_imported_once_and_replaced_by_set_model_and_metric(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    file = write_scores(config, [*error_rows(), *error_rows(model="if"), "human,,sd,error,1,1,false"])
    assert main(["import-scores", file, "--config", str(config), "--dry-run"]) == 0
    assert capsys.readouterr().out == "rows 14: sets 1, models 2, metrics 1; left out 1\n"
    assert scores_of(config) == {}
    assert main(["import-scores", file, "--config", str(config)]) == 0
    assert capsys.readouterr().err.endswith("left out 1; written tables\n")
    assert "human.csv: left out, as no concept: line 16" in caplog.text
    assert "error: values are a score, and a lower one is better" in caplog.text
    rows = lake_of(config).rows("evaluations")
    assert {(row["prompt"], row["unit"], row["samples"]) for row in rows} == {("", "score", 7)}
    [spec] = lake_of(config).rows("specs", stage="scores")
    body = json.loads(spec["body"])
    assert {row["spec"] for row in rows} == {spec["spec"]}
    named = {"file": "human.csv", "set": "human", "metric": "error", "higher_is_better": False}
    assert named.items() <= body.items() and len(body["sha256"]) == 64
    before = lakes.versions(config.parent / "lake")
    assert main(["import-scores", file, "--config", str(config)]) == 0
    assert lakes.versions(config.parent / "lake") == before

    other = write_scores(config, error_rows(by=1.0)[:-1], "again.csv")
    assert main(["import-scores", other, "--config", str(config)]) == 0
    found = scores_of(config)
    assert found["human", "sd", "error", "dog"] == 12.0 and ("human", "sd", "error", "unicorn") not in found
    assert found["human", "if", "error", "dog"] == 11.0 and len(found) == 13
    assert len(lake_of(config).rows("specs", stage="scores")) == 2
    assert main(["import-scores", file, "--config", str(config)]) == 0
    assert (
        len(lake_of(config).rows("specs", stage="scores")) == 1
        and scores_of(config)["human", "sd", "error", "dog"] == 11.0
    )


@pytest.mark.parametrize("step", ["record_all", "_replace", "_forget_unused"])
@pytest.mark.parametrize("late", [False, True])
def test_an_import_that_is_killed_ends_right_when_it_is_started_again(
    config: Path, monkeypatch: pytest.MonkeyPatch, step: str, late: bool
) -> None:
    first = write_scores(config, [*error_rows(), *error_rows("other", by=3.0)])
    assert main(["import-scores", first, "--config", str(config)]) == 0
    file = read_score_file(write_scores(config, [*error_rows(by=1.0), *error_rows("other", by=2.0)]))
    batches = score_batches(file, check_scores(file))
    real: Callable[..., Any] = getattr(load, step)

    def killed(*arguments: Any) -> None:
        if late:
            real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(load, step, killed)
        with pytest.raises(KeyboardInterrupt):
            load_scores(context_of(config), batches)
    load_scores(context_of(config), batches)
    lake = lake_of(config)
    assert {row["spec"] for row in lake.rows("specs", stage="scores")} == {batch.spec.id for batch in batches}
    found = scores_of(config)
    assert len(found) == 14
    assert (found["human", "sd", "error", "dog"], found["other", "sd", "error", "dog"]) == (12.0, 13.0)
    assert not load_scores(context_of(config), batches)


def test_what_cannot_be_used_is_an_error_and_changes_nothing(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = lakes.versions(config.parent / "lake")
    rubbish = write_scores(config, ["human,,sd,error,1,1,false", "human,dog,sd,error,x,1,false"])
    assert main(["import-scores", rubbish, "--config", str(config)]) == 1
    assert "no row can be used: nothing was imported" in caplog.text
    two = write_scores(config, ["human,dog,sd,error,1,1,false", "human,dog,sd,error,2,1,false"])
    assert main(["import-scores", two, "--config", str(config)]) == 2
    assert main(["import-scores", str(config.parent / "none.csv"), "--config", str(config)]) == 2
    model = {"name": "m", "model": "ViT-B-32", "weights": "w"}
    own = [{"name": "human", "format": "webdataset", "path": "p", "concepts": "words"}]
    given = {**yaml.safe_load(config.read_text()), "evaluate": {"sets": own, "models": [model]}}
    config.write_text(yaml.safe_dump(given))
    assert main(["import-scores", write_scores(config, error_rows()), "--config", str(config)]) == 2
    assert "human: evaluate.sets has a set of that name: write another one" in caplog.text
    assert lakes.versions(config.parent / "lake") == before


def test_own_counts_and_imported_scores_make_a_law(
    config: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    import mlflow

    caplog.set_level("INFO")
    file = write_scores(config, [*error_rows(), "human,zebra,sd,error,1,7,false", "human,737,sd,error,9,7,false"])
    assert main(["import-scores", file, "--config", str(config)]) == 0
    assert main(["fit", str(config)]) == 0
    assert "set human: 1 concepts are on no list and left out of fits: zebra" in caplog.text
    [row] = lake_of(config).rows("fits")
    x = np.log10([3, 3, 2, 1, 1, 1, 1])
    assert (row["sets"], row["model"], row["prompt"], row["metric"], row["concepts"]) == ("human", "sd", "", "error", 7)
    assert row["slope_per_decade"] == pytest.approx(np.polyfit(x, list(ERRORS.values()), 1)[0])
    assert row["slope_weighted"] is None, "a binomial noise is one of shares"
    [item] = fit_inputs(context_of(config), context_of(config).settings.corpora)
    assert (item.unit, item.higher_is_better, item.left_out) == ("score", False, ("737",))
    mlflow.set_tracking_uri(f"sqlite:///{config.parent}/mlflow.db")
    [run] = mlflow.search_runs(experiment_names=["tiny"], output_format="list")
    assert run.data.params["lower_is_better"] == "error" and run.data.params["sets"] == "human"
    assert "text.sd.error.four.slope" in run.data.metrics
    assert main(["report", str(config)]) == 0
    page = (config.parent / "report.html").read_text()
    assert "Frequent concepts score better: -" in page and "error (lower is better)" in page
    assert main(["lookup", str(config), "dog"]) == 0
    assert "sd, error: 1" in capsys.readouterr().out
    with caplog.at_level(logging.WARNING):
        assert main(["plan", str(config), "--gain", "10"]) == 1
    assert "scores in unit 'score' are no shares" in caplog.text


def test_a_plan_asks_errors_to_fall(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"human,{name},sd,error,{value / 100},7,false" for name, value in ERRORS.items()]
    assert main(["import-scores", write_scores(config, rows), "--config", str(config)]) == 0
    assert main(["plan", str(config), "--gain", "5", "--format", "json"]) == 0
    found = {row["concept"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["tiger"]["target"] == pytest.approx(0.15) and found["tiger"]["needed"] > 1


def test_a_set_of_which_nothing_is_counted_and_a_metric_with_two_meanings_are_refused(config: Path) -> None:
    context = context_of(config)
    with pytest.raises(ConceptfreqError, match=r"nothing is evaluated yet: run `conceptfreq evaluate` or `import-sco"):
        fit_inputs(context, context.settings.corpora)
    assert main(["import-scores", write_scores(config, ["far,zebra,m,acc,1,,"]), "--config", str(config)]) == 0
    with pytest.raises(ConceptfreqError, match=r"imported set far is counted \(zebra\): add its concepts as a list"):
        fit_inputs(context, context.settings.corpora)
    assert not report_data(context).fits
    rows = ["near,dog,m,acc,1,,false"]
    assert main(["import-scores", write_scores(config, rows, "n.csv"), "--config", str(config)]) == 0
    with pytest.raises(ConceptfreqError, match=r"metric acc of m: higher_is_better is "):
        fit_inputs(context, context.settings.corpora)
