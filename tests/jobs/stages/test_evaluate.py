"""Classification of a small set with rubbish: scores of classes, and predictions that are kept if that is asked for."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import clips
import pytest
import tiny
import yaml
from pyspark.sql import SparkSession

from jobs.cli import main
from jobs.core.staging import FOLDER
from jobs.lake.lake import Lake
from jobs.lake.ledger import Ledger
from jobs.stages import evaluate

NAMES = ("dog", "cat", "river", "house")
RUBBISH = [("x0", "dog", b"<html>"), ("x1", "zeppelin", tiny.picture(99)), ("x2", "cat", None)]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings that evaluate a tiny model on a set of two shards, without a corpus."""
    folder = tmp_path_factory.mktemp("classification")
    (folder / "set").mkdir()
    samples = [(f"{at:02}", NAMES[at % 3], tiny.picture(at)) for at in range(24)]
    tiny.write_shard(folder / "set" / "a.tar", samples[:12])
    tiny.write_shard(folder / "set" / "b.tar", [*samples[12:], *RUBBISH])
    (folder / "concepts.txt").write_text("\n".join(NAMES) + "\n")
    one = {"name": "pictures", "format": "webdataset", "path": str(folder / "set"), "concepts": "words"}
    models = [{"name": "m", "model": str(clips.save_clip(folder / "model"))}]
    section = {"sets": [one], "models": models, "prompts": ["class", "simple"], "device": "cpu"}
    return tiny.settings_dict(folder, corpora=[], evaluate=section)


def keeping(given: dict[str, Any], lake: Path) -> dict[str, Any]:
    return {**given, "lake": str(lake), "evaluate": {**given["evaluate"], "predictions": True}}


def scores(lake: Any) -> list[dict[str, Any]]:
    rows = [row for row in Lake(None, str(lake)).rows("evaluations") if row["concept"]]
    return sorted(rows, key=lambda row: (row["prompt"], row["concept"]))


def test_kept_predictions_are_what_the_scores_are_made_of(
    spark: SparkSession,
    given: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tiny.run_here(spark, given, ["evaluate"]).succeeded
    plain = scores(given["lake"])
    assert not Path(given["lake"], "predictions").exists()

    made = keeping(given, tmp_path / "lake")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    for place in (evaluate, "_tallies"), (Ledger, "write"):
        with monkeypatch.context() as patched:
            patched.setattr(*place, killed)
            with pytest.raises(KeyboardInterrupt):
                tiny.run_here(spark, made, ["evaluate"])
    assert tiny.run_here(spark, made, ["evaluate"]).succeeded
    assert scores(made["lake"]) == plain
    assert not [one for one in (Path(made["lake"]) / FOLDER).rglob("*") if one.is_file()]
    kept = Lake(None, made["lake"]).rows("predictions")
    whole = {row["prompt"]: row for row in Lake(None, made["lake"]).rows("evaluations", concept="")}
    assert whole.keys() == {"class", "simple"}
    for prompt, row in whole.items():
        own = [one for one in kept if one["prompt"] == prompt and one["status"] == "ok"]
        assert (row["metric"], row["samples"]) == ("whole_set_accuracy", len(own))
        assert row["value"] == sum(one["predicted"] == one["concept"] for one in own) / len(own)
    assert Counter(row["prompt"] for row in kept) == {"class": 27, "simple": 27}
    for row in plain:
        own = [one for one in kept if one["prompt"] == row["prompt"] and one["status"] == "ok"]
        of_class = [one for one in own if one["concept"] == row["concept"]]
        assert row["samples"] == len(of_class) == (0 if row["concept"] == "house" else 8)
        assert row["predicted"] == sum(one["predicted"] == row["concept"] for one in own)
        wrong = Counter(one["predicted"] for one in of_class if one["predicted"] != row["concept"])
        assert row["confused"] == (max(wrong.values()) if wrong else None)
        assert row["confused_with"] is None or wrong[row["confused_with"]] == row["confused"]
        if of_class:
            assert row["value"] == sum(one["predicted"] == one["concept"] for one in of_class) / 8
            assert row["confidence"] == pytest.approx(sum(one["confidence"] for one in of_class) / 8, abs=1e-12)
            assert 0 <= row["calibration_error"] <= 1

    # What kept its predictions is done without them, and not the other way round.
    assert tiny.run_here(spark, {**given, "lake": made["lake"]}, ["evaluate"]).idle
    assert not tiny.run_here(spark, {**made, "lake": given["lake"]}, ["evaluate"]).idle
    assert scores(given["lake"]) == plain
    config = tmp_path / "settings.yaml"
    config.write_text(yaml.safe_dump(made))
    assert main(["classes", str(config)]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header == (
        "set,model,prompt,concept,images,accuracy,predicted,confused_with,confused,confidence,calibration_error"
    )
    assert len(lines) == 8 and lines[3].startswith("pictures,m,class,house,0,,") and lines[3].endswith(",,,,")
    accuracies = [float(line.split(",")[5]) for line in lines[:3]]
    assert accuracies == sorted(accuracies)


def test_predictions_of_an_older_set_do_not_stay(spark: SparkSession, given: dict[str, Any], tmp_path: Path) -> None:
    (own,) = given["evaluate"]["sets"]
    older = shutil.copytree(own["path"], tmp_path / "set")
    section = {**given["evaluate"], "sets": [{**own, "path": str(older)}], "prompts": ["class"]}
    made = {**given, "lake": str(tmp_path / "lake"), "evaluate": section}
    assert tiny.run_here(spark, keeping(made, tmp_path / "lake"), ["evaluate"]).succeeded
    assert Lake(None, made["lake"]).rows("predictions")
    (older / "b.tar").unlink()
    assert tiny.run_here(spark, made, ["evaluate"]).succeeded
    assert not Lake(None, made["lake"]).rows("predictions")


def test_classes_need_an_evaluation(given: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text(yaml.safe_dump({**given, "lake": str(tmp_path / "lake")}))
    assert main(["classes", str(config)]) == 1 and "run `conceptfreq evaluate`" in caplog.text
    assert main(["classes", str(config), "--set", "evaluate=null"]) == 2
    assert "by the section 'evaluate'" in caplog.text
