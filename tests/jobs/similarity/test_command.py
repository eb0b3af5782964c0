"""`similarity` on a small lake with planted duplicates: the nearest samples, by the driver as by Spark, and the law."""

from __future__ import annotations

import csv
import io
import logging
from pathlib import Path
from typing import Any

import clips
import pytest
import tiny
import yaml
from pyspark.sql import SparkSession

from jobs import open_run
from jobs.cli import main
from jobs.core import reading
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.settings.settings import Settings
from jobs.similarity import nearest_samples
from jobs.similarity.labelled_sets import labelled_sets
from jobs.similarity.nearest_samples import mean_similarities, nearest_rows, stored_embeddings

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


def test_planted_duplicates_have_one_and_are_named(
    given: dict[str, Any], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    written = tmp_path / "images.csv"
    assert main(["similarity", config(given), "--images", str(written)]) == 0
    images = list(csv.DictReader(written.open()))
    assert [row["sample"] for row in images] == [f"{at:03}" for at in range(2 * len(NAMES))]
    for at, row in enumerate(images):
        assert row["concept"] == NAMES[at // 2] and -1 <= float(row["similarity"]) <= 1
        if at in COPIES:
            assert (row["nearest_shard"], row["nearest_sample"]) == COPIES[at] and row["similarity"] == "1.0"
        else:
            assert float(row["similarity"]) < 1
    assert "fresh: 1 of 29 images cannot be compared: not_an_image 1" in caplog.text
    assert f"tiny, fresh: 28 images compared with {sum(range(15)) + 1} embeddings of 2 shards" in caplog.text
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["of"] for row in rows] == [
        "frequency", "frequency given similarity", "similarity given frequency",
        *(f"frequency {of} {number} of 3" for of in ("in band", "over images of band") for number in (1, 2, 3)),
    ]  # fmt: skip
    assert {(row["corpus"], row["search"], row["model"], row["prompt"]) for row in rows} == {
        ("tiny", "text", "m", "class")
    }
    assert rows[0]["concepts"] == "14" and rows[3]["note"].endswith("are too few: 13 are needed")


def test_from_python_it_is_the_same(spark: SparkSession, given: dict[str, Any], tmp_path: Path) -> None:
    run = open_run(given, spark)
    law, images = run.similarity()
    written = tmp_path / "images.csv"
    assert main(["similarity", config(given), "--images", str(written), "--output", str(tmp_path / "law.csv")]) == 0
    assert images["similarity"].tolist() == [float(row["similarity"]) for row in csv.DictReader(written.open())]
    rows = list(csv.DictReader((tmp_path / "law.csv").open()))
    assert law["of"].tolist() == [row["of"] for row in rows] and law["slope"][0] == float(rows[0]["slope"])
    said = run.verdicts()
    assert (said["model"].tolist(), said["concepts"].tolist(), said["prompt"].tolist()) == (["m"], [14], ["class"])
    assert said["direction"][0] in ("better", "worse", "cannot say") and "per decade" in said["verdict"][0]
    assert run.forms()["form"].tolist() == ["linear", "logistic", "power", "hinge"]


def test_spark_and_smaller_blocks_find_the_same(
    spark: SparkSession, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = looking(spark, given)
    (of_set,) = labelled_sets(context)
    stored = stored_embeddings(context, context.settings.corpora[0])
    expected = nearest_rows(context.lake, stored, of_set)
    monkeypatch.setattr(nearest_samples, "BLOCK", 11)
    assert nearest_rows(context.lake, stored, of_set) == expected
    monkeypatch.setattr(reading, "SAMPLES_HERE", 0)
    assert nearest_rows(context.lake, stored, of_set) == expected
    means = mean_similarities(expected)
    assert means["fresh", "dog"] == pytest.approx((1 + expected[1]["similarity"]) / 2) and len(means) == len(NAMES)


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


def test_a_corpus_without_embeddings_is_named(spark: SparkSession, given: dict[str, Any]) -> None:
    changed = {**given, "corpora": [{**given["corpora"][0], "name": "new"}]}
    with pytest.raises(ConceptfreqError, match="corpus new: no shard has embeddings of this embedder"):
        stored_embeddings(looking(spark, changed), Settings.model_validate(changed).corpora[0])
