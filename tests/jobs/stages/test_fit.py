"""Fits of own counts under several protocols: rows, the MLflow run, what is refused, and what the report shows."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import lakes
import numpy as np
import pytest
import tiny
import yaml
from pyspark.sql import SparkSession
from scipy import stats

from jobs import ConceptfreqError, open_run
from jobs.cli import main
from jobs.core.context import Context
from jobs.core.identities import Identities
from jobs.core.mlflow_store import logging_to, tracking_of
from jobs.core.stage_specs import evaluation_spec
from jobs.lake.lake import Lake
from jobs.results.fits.fit_inputs import fit_inputs
from jobs.results.fits.stored_fits import read_fits
from jobs.results.fits.tracked_models import find_or_log_models
from jobs.settings.settings import Settings
from jobs.stages.report import report_data

# Accuracies by set; the frequencies are tiny's: dog 3, cat 3, bicycle 2, tiger 1, leaf 1, new_york 1, unicorn 0.
SCORES = {
    "one": {"dog": 0.9, "cat": 0.7, "bicycle": 0.6, "tiger": 0.2, "737": 0.5},
    "other": {"dog": 0.8, "leaf": 0.3, "new_york": 0.1, "unicorn": 0.2, "bicycle": 0.4},
}
FREQUENCY = {"dog": 3, "cat": 3, "bicycle": 2, "tiger": 1, "leaf": 1, "new_york": 1, "unicorn": 0}
FOUR = {"name": "four", "bins": {"classification": {"edges": 4, "drop_low": 0, "drop_high": 0, "empty": "zero"}}}
WEIGHED = {
    "name": "weighed",
    "first": "slope",
    "bins": {"classification": {"edges": 4, "drop_low": 0, "drop_high": 0, "empty": "zero", "weights": "concepts"}},
}
OTHERWISE = {"protocols": [{**FOUR, "first": "slope"}, {**WEIGHED, "first": "r"}, {"name": "paper", "first": "slope"}]}


@pytest.fixture(scope="module")
def settings(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Counts of the tiny corpus, accuracies of two sets, and three protocols; one has too few bins, one prompt too few
    concepts."""
    folder = tmp_path_factory.mktemp("fit")
    tiny.corpus(folder / "corpus")
    (folder / "weights.safetensors").write_bytes(b"never read by a fit")
    model = {"name": "m", "model": "ViT-B-32", "weights": str(folder / "weights.safetensors")}
    sets = [{"name": name, "format": "webdataset", "path": str(folder), "concepts": "words"} for name in SCORES]
    given = tiny.settings_dict(
        folder,
        evaluate={"sets": sets, "models": [model], "prompts": ["class", "simple"]},
        fit={"protocols": [FOUR, WEIGHED, {"name": "paper"}]},
    )
    tiny.run_here(spark, given, ["ingest", "captions", "count"])
    write_scores(Lake(spark, given["lake"]), Settings.model_validate(given))
    tiny.run_here(spark, given, ["fit"])
    return given


def write_scores(lake: Lake, settings: Settings) -> None:
    assert settings.evaluate is not None
    for one in settings.evaluate.sets:
        spec = evaluation_spec(one, settings.evaluate.models[0], Identities()).id
        common = {"set": one.name, "model": "m", "prompt": "class", "metric": "accuracy", "unit": "share", "spec": spec}
        rows = [{**common, "concept": name, "value": value, "samples": 9} for name, value in SCORES[one.name].items()]
        rows += [{**row, "prompt": "simple"} for row in rows[:2]]
        lake.replace_rows("evaluations", {"set": one.name, "spec": spec}, rows)


def pooled() -> tuple[np.ndarray, np.ndarray]:
    """log10 of frequency and accuracy of the pairs that text search can answer."""
    pairs = [
        (FREQUENCY[name], score) for scores in SCORES.values() for name, score in scores.items() if name in FREQUENCY
    ]
    frequency, score = map(np.array, zip(*pairs, strict=True))
    return np.log10(np.maximum(frequency, 1)), score


def test_a_row_for_each_protocol_that_fits(settings: dict[str, Any]) -> None:
    rows = {row["protocol"]: row for row in Lake(None, settings["lake"]).rows("fits")}
    x, y = pooled()
    assert rows.keys() == {"four", "weighed", "paper"}
    for row in rows.values():
        assert (row["sets"], row["concepts"], row["distinct"]) == ("one,other", 9, 7)
        assert row["zeros"] == pytest.approx(1 / 9)
        assert row["slope_per_decade"] == pytest.approx(np.polyfit(x, y, 1)[0])
        assert row["r2"] == pytest.approx(stats.pearsonr(x, y).statistic ** 2)
        assert row["spearman"] == pytest.approx(stats.spearmanr(x, y).statistic)
        assert row["slope_low"] < row["slope_per_decade"] < row["slope_high"]
        assert row["within_low"] <= row["slope_within"] <= row["within_high"]
        assert row["weighted_low"] <= row["slope_weighted"] <= row["weighted_high"]
        assert row["r_low"] < row["r_unbinned"] < row["r_high"]
    assert rows["four"]["bins"] == rows["weighed"]["bins"] == 4 and rows["four"]["r"] != rows["weighed"]["r"]
    edges = np.log([1, 3 ** (1 / 3), 3 ** (2 / 3), 3])
    one, two, three = (np.mean(y[x == value]) for value in np.unique(x))
    assert rows["four"]["r"] == pytest.approx(stats.pearsonr(edges, [one, 0.0, two, three]).statistic)
    assert rows["paper"]["r"] is None and "too few bins are left: " in rows["paper"]["no_r"]


def test_fits_that_could_not_be_logged_are_kept_and_logged_later(
    spark: SparkSession, settings: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    elsewhere = {**settings, "tracking": {"uri": f"sqlite:///{tmp_path}/mlflow.db", "experiment": "later"}}
    elsewhere["fit"] = OTHERWISE
    # The database takes the run; where its figures go, something else is.
    (tmp_path / "mlartifacts").touch()
    [trouble] = tiny.run_here(spark, elsewhere, ["fit"]).troubles
    assert trouble.startswith("fit, corpus tiny: MLflow at sqlite:///") and "took no run" in trouble
    rows = Lake(None, settings["lake"]).rows("fits")
    assert {(row["protocol"], row["mlflow_run"]) for row in rows} == {("four", ""), ("weighed", ""), ("paper", "")}
    assert "mlflow ui" not in caplog.text
    (tmp_path / "mlartifacts").unlink()
    assert tiny.run_here(spark, elsewhere, ["fit"]).succeeded
    assert f"mlflow ui --backend-store-uri sqlite:///{tmp_path}/mlflow.db" in caplog.text
    assert all(row["mlflow_run"] for row in Lake(None, settings["lake"]).rows("fits"))
    assert tiny.run_here(spark, settings, ["fit"]).written == ["fits"]


def test_python_shows_the_fits_of_what_is_counted_now(spark: SparkSession, settings: dict[str, Any]) -> None:
    run = open_run(settings)
    fits = run.fits().set_index("protocol")
    assert sorted(fits.index) == ["four", "paper", "weighed"] and fits.loc["four", "concepts"] == 9
    assert len(list(run.figures())) == 1
    # Fits of other protocols are other fits, and none was made of these.
    with pytest.raises(ConceptfreqError, match="no fit of the present counts"):
        open_run({**settings, "fit": OTHERWISE}).fits()


def test_a_word_on_no_list_has_the_expectation_of_its_frequency(settings: dict[str, Any]) -> None:
    run = open_run(settings)
    [mat, leaf] = [run.lookup(word).iloc[0] for word in ("mat", "leaf")]
    assert mat["source"] == "own, on no list" and mat["frequency"] == leaf["frequency"] == 1
    columns = ["model", "prompt", "performance", "low", "high"]
    assert mat[columns[:3]].tolist() == leaf[columns[:3]].tolist() and 0 < mat["performance"] < 1
    assert mat[columns[3:]].isna().all(), "9 concepts are too few for a prediction interval"


def test_a_plan_says_how_many_samples_or_that_it_cannot(
    settings: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    config = tmp_path / "fit.yaml"
    config.write_text(yaml.safe_dump(settings))
    with caplog.at_level(logging.INFO, logger="jobs.commands.plan"):
        assert main(["plan", str(config), "--gain", "10", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    [row] = [row for row in Lake(None, settings["lake"]).rows("fits") if row["protocol"] == "four"]
    assert len(rows) == 9 and {row["prompt"] for row in rows} == {"class"}
    assert all(one["target"] == pytest.approx(min(1, one["score"] + 0.1)) for one in rows)
    if row["within_low"] > 0:
        assert all(one["needed"] is not None for one in rows)
    else:
        assert {one["note"] for one in rows} == {"cannot say: the interval of the slope reaches 0"}
    assert f"tiny, text, m, class: {row['slope_within']:+.3g} per decade within sets" in caplog.text


def test_nine_concepts_of_one_search_are_no_forms_and_no_pair(
    settings: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = tmp_path / "fit.yaml"
    config.write_text(yaml.safe_dump(settings))
    assert main(["forms", str(config)]) == 1 and main(["joint", str(config)]) == 1
    assert "no forms to compare: tiny, text, m, " in caplog.text
    assert "tiny, text, m, class: 9 concepts of 2 sets are too few to compare forms: 14 are needed" in caplog.text
    assert "no two searches to fit at once: there are no fits of both a text and an image search" in caplog.text
    run = open_run(settings)
    for asked, why in ((run.forms, "no forms to compare"), (run.joint, "no two searches to fit at once")):
        with pytest.raises(ConceptfreqError, match=why):
            asked()


def test_fitting_again_writes_nothing(spark: SparkSession, settings: dict[str, Any]) -> None:
    before = lakes.versions(Path(settings["lake"]))
    assert tiny.run_here(spark, settings, ["fit"]).idle
    assert lakes.versions(Path(settings["lake"])) == before


def test_one_run_has_every_protocol(settings: dict[str, Any]) -> None:
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{Path(settings['lake']).parent}/mlflow.db")
    [run] = mlflow.search_runs(experiment_names=["tiny"], output_format="list")
    assert {"text.m.class.accuracy.four.r", "text.m.class.accuracy.weighed.r"} <= run.data.metrics.keys()
    assert run.data.metrics["tails.text.words.gini"] > 0 and "tails.text.words.below_10" in run.data.metrics
    assert "'edges': 4" in run.data.params["fit.protocol.four"]
    concepts = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/concepts.csv").splitlines()
    assert len(concepts) == 10
    assert run.data.tags["conceptfreq.corpus"] == "tiny"
    assert run.data.tags["conceptfreq.spec.text"] == run.data.params["spec.text"]


def test_an_evaluated_checkpoint_is_one_model_with_its_scores_on_each_set(settings: dict[str, Any]) -> None:
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{Path(settings['lake']).parent}/mlflow.db")
    experiment = mlflow.get_experiment_by_name("tiny")
    [run] = mlflow.search_runs([experiment.experiment_id], output_format="list")
    [model] = mlflow.search_logged_models([experiment.experiment_id], output_format="list")
    assert (model.name, model.source_run_id) == ("m", run.info.run_id)
    of_sets = {(metric.key, metric.dataset_name): metric.value for metric in model.metrics if metric.dataset_name}
    for name, scores in SCORES.items():
        assert of_sets["mean.accuracy.class", name] == pytest.approx(np.mean(list(scores.values())))
    of_fits = {metric.key: metric.value for metric in model.metrics if not metric.dataset_name}
    assert of_fits["text.m.class.accuracy.four.r"] == run.data.metrics["text.m.class.accuracy.four.r"]


def test_another_run_finds_the_model_of_its_checkpoint(spark: SparkSession, settings: dict[str, Any]) -> None:
    import mlflow

    checked = Settings.model_validate(settings)
    context = Context(checked, Lake(spark, checked.lake))
    items = fit_inputs(context, checked.corpora)
    with logging_to(tracking_of(checked)):
        [before] = mlflow.search_logged_models(output_format="list")
        with mlflow.start_run() as run:
            assert find_or_log_models(context, run.info.run_id, items) == {"m": before.model_id}
        mlflow.delete_run(run.info.run_id)


def test_the_report_shows_protocols_side_by_side_and_what_was_refused(
    spark: SparkSession, settings: dict[str, Any]
) -> None:
    checked = Settings.model_validate(settings)
    context = Context(checked, Lake(spark, checked.lake))
    data = report_data(context)
    assert [fit.law.protocol.name for fit in data.fits] == ["four", "weighed", "paper"]
    assert data.fits[0].pooled == data.fits[1].pooled
    stored = read_fits(context.lake)
    for fit in data.fits:
        assert stored.row(fit.item) and fit == fit.item.fit(), "as it was made, and read"
    names = [f"tiny, text, m, simple, protocol {name}" for name in ("four", "weighed", "paper")]
    assert [refusal.what for refusal in data.refusals] == names
    assert all("4 concepts with a score are too few" in refusal.why for refusal in data.refusals)
