"""Test images against a small corpus with planted duplicates: the nearest samples, and what is compared again when.

And the law beside similarity: by the command, from Python, in MLflow and in the report.
"""

from __future__ import annotations

import csv
import io
import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import clips
import pytest
import tiny
import yaml
from pyspark.sql import SparkSession

from jobs import ConceptfreqError, open_run
from jobs.cli import main
from jobs.core import reading
from jobs.core.context import Context
from jobs.core.mlflow_store import logging_to, tracking_of
from jobs.core.shard_names import SHARD_TABLES
from jobs.lake.lake import Lake
from jobs.lake.table_files import partitions
from jobs.maintenance.superseded import superseded
from jobs.report_page import render
from jobs.settings.settings import Settings
from jobs.stages import nearest_search
from jobs.stages.report import report_data

NAMES = (
    "dog", "cat", "horse", "bird", "bicycle", "river", "house", "boat", "tree", "car", "lamp", "chair", "train", "leaf",
)  # fmt: skip
# Two images of each class; those of the first classes are also in the corpus, in another file of it.
COPIES = {0: ("b.tar", "dog7"), 2: ("a.tar", "cat0")}
BROKEN = ("broken", "dog", b"<html>")


@pytest.fixture(scope="module")
def given(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings of a lake with embeddings and accuracies: concept k is in k + 1 captions, and two of all."""
    folder = tmp_path_factory.mktemp("similarity")
    for part in ("corpus", "set"):
        (folder / part).mkdir()
    samples = [(f"{name}{at}", f"a {name}", tiny.picture(100 * number + at)) for number, name in enumerate(NAMES)
               for at in range(number + 1)]  # fmt: skip
    tiny.write_shard(folder / "corpus" / "a.tar", samples)
    tiny.write_shard(folder / "corpus" / "b.tar", [("dog7", "a dog", tiny.picture(7)), ("text", "a cat", None)])
    images = {number: tiny.picture(5000 + number) for number in range(2 * len(NAMES))}
    images |= {0: tiny.picture(7), 2: tiny.picture(100)}
    tests = [(f"{number:03}", NAMES[number // 2], image) for number, image in images.items()]
    tiny.write_shard(folder / "set" / "t.tar", [*tests, BROKEN])
    (folder / "concepts.txt").write_text("\n".join(NAMES) + "\n")
    model = str(clips.save_clip(folder / "model"))
    one = {"name": "fresh", "format": "webdataset", "path": str(folder / "set"), "concepts": "words"}
    made = tiny.settings_dict(
        folder,
        captions={"pipeline": "en_core_web_sm", "match": "substring"},
        images={"embedder": {"model": model}, "device": "cpu"},
        evaluate={
            "sets": [one],
            "models": [{"name": "m", "model": model}],
            "prompts": ["class"],
            "device": "cpu",
            "predictions": True,
        },
        fit={"protocols": ["default"]},
        tracking={"uri": f"sqlite:///{folder}/mlflow.db", "experiment": "similarity"},
    )
    stages = ["ingest", "captions", "images", "count", "evaluate"]
    assert tiny.run_here(spark, made, stages).succeeded
    (folder / "settings.yaml").write_text(yaml.safe_dump(made))
    return made


def config(given: dict[str, Any]) -> str:
    return str(Path(given["lake"]).parent / "settings.yaml")


def looking(spark: SparkSession, given: dict[str, Any]) -> Context:
    checked = Settings.model_validate(given)
    return Context(checked, Lake(spark, checked.lake), "similarity")


def stored(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the table, by image."""
    return sorted(Lake(None, given["lake"]).rows("nearest_samples"), key=lambda row: row["sample"])


def copied(given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The same lake and corpus elsewhere, to be changed."""
    was = Path(given["lake"]).parent
    for name in ("lake", "corpus"):
        shutil.copytree(was / name, folder / name)
    corpus = {**given["corpora"][0], "path": str(folder / "corpus")}
    return {**given, "lake": str(folder / "lake"), "corpora": [corpus]}


def add_shard(given: dict[str, Any], name: str, images: list[bytes]) -> None:
    """A shard of the corpus, new or in place of one."""
    samples = [(f"{name}{at}", "a cat", image) for at, image in enumerate(images)]
    tiny.write_shard(Path(given["corpora"][0]["path"], f"{name}.tar"), samples)


def test_planted_duplicates_have_one_and_are_named(
    given: dict[str, Any], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    written = tmp_path / "images.csv"
    figures = tmp_path / "figures"
    words = ["--images", str(written), "--figures", str(figures)]
    assert main(["similarity", config(given), *words]) == 0
    images = list(csv.DictReader(written.open()))
    assert [row["sample"] for row in images] == [f"{at:03}" for at in range(2 * len(NAMES))]
    for at, row in enumerate(images):
        assert row["concept"] == NAMES[at // 2] and -1 <= float(row["similarity"]) <= 1
        if at in COPIES:
            assert (row["nearest_shard"], row["nearest_sample"]) == COPIES[at] and row["similarity"] == "1.0"
        else:
            assert float(row["similarity"]) < 1
    assert "fresh: 1 of 29 images cannot be compared: not_an_image 1" in caplog.text
    assert f"tiny, fresh: 28 images compared with {sum(range(15)) + 2} samples of 2 shards" in caplog.text
    assert [one.name for one in figures.iterdir()] == ["text.m.class.accuracy.default.corpus-tiny.svg"]
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["of"] for row in rows] == [
        "frequency", "frequency given similarity", "similarity given frequency",
        *(f"frequency {of} {number} of 3" for of in ("in band", "over images of band") for number in (1, 2, 3)),
    ]  # fmt: skip
    assert {(row["corpus"], row["search"], row["model"], row["prompt"]) for row in rows} == {
        ("tiny", "text", "m", "class")
    }
    assert rows[0]["concepts"] == "14" and rows[3]["note"].endswith("are too few: 13 are needed")


@pytest.fixture(scope="module")
def compared(spark: SparkSession, given: dict[str, Any]) -> dict[str, Any]:
    """The settings after the stage."""
    assert tiny.run_here(spark, given, ["nearest"]).written == [] and stored(given)
    return given


def test_every_image_is_a_row_and_a_second_run_has_nothing_to_do(spark: SparkSession, compared: dict[str, Any]) -> None:
    rows = stored(compared)
    assert {row["status"] for row in rows} == {"ok", "not_an_image"} and len(rows) == 2 * len(NAMES) + 1
    for at, place in COPIES.items():
        assert (rows[at]["nearest_shard"], rows[at]["nearest_sample"]) == place and rows[at]["similarity"] == 1
    assert rows[-1]["sample"] == "broken" and rows[-1]["similarity"] is rows[-1]["nearest_shard"] is None
    before = Lake(None, compared["lake"]).version("nearest_samples")
    assert tiny.run_here(spark, compared, ["nearest"]).idle
    assert Lake(None, compared["lake"]).version("nearest_samples") == before


def test_a_run_has_it_only_if_it_is_asked_for(compared: dict[str, Any]) -> None:
    asked = {**compared, "evaluate": {**compared["evaluate"], "similarity": True}}
    assert "nearest" not in open_run(compared).stages
    assert open_run(asked).stages[-4:] == ("evaluate", "nearest", "fit", "report")


def test_spark_and_smaller_blocks_find_the_same(
    spark: SparkSession, compared: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = stored(compared)
    for where, name, value in ((nearest_search, "BLOCK", 11), (reading, "SAMPLES_HERE", 0)):
        monkeypatch.setattr(where, name, value)
        forget_comparisons(compared)
        assert not tiny.run_here(spark, compared, ["nearest"]).idle
        assert stored(compared) == expected


def forget_comparisons(given: dict[str, Any]) -> None:
    """As if the run had been killed before it wrote the ledger."""
    Lake(None, given["lake"]).replace_rows("shards", {"corpus": "tiny", "stage": "nearest"}, [])


def test_a_new_shard_is_compared_alone_and_a_lost_nearest_one_with_all(
    spark: SparkSession, compared: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    grown = copied(compared, tmp_path)
    # Of image 9 the corpus now has a copy; an equal copy of image 0 in a later shard changes nothing.
    add_shard(grown, "c", [tiny.picture(5009), tiny.picture(7)])
    assert tiny.run_here(spark, grown, ["ingest", "images"]).succeeded
    with pytest.raises(ConceptfreqError, match="the embeddings of the corpus have changed"):
        open_run(grown).similarity()
    assert tiny.run_here(spark, grown, ["nearest"]).succeeded
    assert "compared with 2 samples of 1 shards" in caplog.text
    rows, before = stored(grown), stored(compared)
    assert (rows[9]["nearest_shard"], rows[9]["nearest_sample"], rows[9]["similarity"]) == ("c.tar", "c0", 1)
    assert rows[0] == before[0]
    assert all(row["similarity"] >= old["similarity"] for row, old in zip(rows[:-1], before[:-1], strict=True))
    forget_comparisons(grown)
    assert not tiny.run_here(spark, grown, ["nearest"]).idle and stored(grown) == rows

    # The copy of image 9 is gone: what was nearest before is not known, and all shards are compared.
    add_shard(grown, "c", [tiny.picture(1)])
    assert tiny.run_here(spark, grown, ["ingest", "images"]).succeeded
    caplog.clear()
    assert tiny.run_here(spark, grown, ["nearest"]).succeeded
    assert "of 3 shards" in caplog.text
    assert stored(grown)[9]["similarity"] < 1 and stored(grown)[0] == before[0]


def test_a_changed_set_is_compared_again(spark: SparkSession, compared: dict[str, Any], tmp_path: Path) -> None:
    changed = copied(compared, tmp_path)
    (tmp_path / "set").mkdir()
    tiny.write_shard(tmp_path / "set" / "t.tar", [("one", "dog", tiny.picture(100))])
    [one] = changed["evaluate"]["sets"]
    changed["evaluate"] = {**changed["evaluate"], "sets": [{**one, "path": str(tmp_path / "set")}]}
    assert tiny.run_here(spark, changed, ["nearest"]).succeeded
    [row] = stored(changed)
    assert (row["sample"], row["nearest_shard"], row["nearest_sample"]) == ("one", "a.tar", "cat0")


def test_fits_are_logged_with_it_and_once(spark: SparkSession, compared: dict[str, Any], tmp_path: Path) -> None:
    import mlflow

    own = copied(compared, tmp_path)
    own["tracking"] = {"uri": f"sqlite:///{tmp_path}/mlflow.db", "experiment": "own"}
    lake = Lake(None, own["lake"])
    lake.replace_rows("nearest_samples", {}, [])
    forget_comparisons(own)
    key = "text.m.class.accuracy.default.similarity.frequency_given_similarity.slope"
    assert tiny.run_here(spark, own, ["fit"]).written == ["fits"] and tiny.run_here(spark, own, ["fit"]).idle
    assert tiny.run_here(spark, own, ["nearest", "fit"]).written == ["fits"]
    assert tiny.run_here(spark, own, ["nearest", "fit"]).idle
    with logging_to(tracking_of(Settings.model_validate(own))):
        runs = mlflow.search_runs(output_format="list", order_by=["start_time"])
        assert [key in run.data.metrics for run in runs] == [False, True]
        files = [one.path for one in mlflow.MlflowClient().list_artifacts(runs[1].info.run_id, "figures")]
    assert [row["mlflow_run"] for row in lake.rows("fits")] == [runs[1].info.run_id]
    [row] = [row for row in open_run(own).similarity().to_dict("records") if row["of"] == "frequency given similarity"]
    assert runs[1].data.metrics[key] == row["slope"]
    assert "figures/text.m.class.accuracy.default.similarity.png" in files


def test_rows_of_other_models_are_superseded_and_those_of_other_sets_are_not(
    spark: SparkSession, compared: dict[str, Any], tmp_path: Path
) -> None:
    own = copied(compared, tmp_path)
    lake, [row, *_], old, other = (
        Lake(None, own["lake"]),
        stored(compared),
        "nearest-000000000000",
        "nearest-111111111111",
    )
    lake.replace_rows("nearest_samples", {"spec": old}, [{**row, "spec": old}])
    lake.replace_rows("nearest_samples", {"spec": other}, [{**row, "spec": other, "set": "another"}])
    found = superseded(looking(spark, own), {"nearest_samples": partitions(lake, "nearest_samples")})
    assert [one.spec for one in found] == [old]
    # Its shards are those of a set: what befalls a shard of a corpus of that name is nothing to them.
    assert "nearest_samples" not in SHARD_TABLES


def test_the_report_shows_it(spark: SparkSession, compared: dict[str, Any]) -> None:
    data = report_data(looking(spark, compared))
    [one] = data.similarity
    assert one.found.concepts == 14 and data.refusals == []
    page = render(data)
    assert "Beside the similarity of test images" in page and "within the farthest third of images" in page
    assert "Beside the similarity" not in render(replace(data, similarity=()))


def test_what_is_missing_is_said_before_any_work(
    given: dict[str, Any], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    other = clips.save_clip(tmp_path / "other", seed=8)
    for words, said, status in (
        (["--set", f"images.embedder.model={other}"], "no shard has embeddings of this embedder", 1),
        (["--set", "images=null"], "name a model as `images.embedder`", 2),
        (["--set", "evaluate=null"], "needs a classification set", 2),
        (["--set", "fit=null"], "needs the section 'fit'", 2),
        (["--corpus", "nowhere"], "nowhere", 2),
        (["--format", "parquet"], "--format parquet needs --output", 2),
    ):
        assert main(["similarity", config(given), *words]) == status, words
        assert said in caplog.text, words
        caplog.clear()


def test_a_corpus_without_embeddings_is_named_and_the_others_go_on(
    spark: SparkSession, given: dict[str, Any], tmp_path: Path
) -> None:
    own = copied(given, tmp_path)
    own["corpora"] = [{**own["corpora"][0], "name": "new"}, *own["corpora"]]
    result = tiny.run_here(spark, own, ["nearest"])
    assert result.troubles == [
        "nearest, corpus new: no shard has embeddings of this embedder: run `conceptfreq images` first"
    ]
    assert {row["corpus"] for row in stored(own)} == {"tiny"}
