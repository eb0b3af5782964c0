"""The image stage through Spark and Delta: as many images go through the model as there are, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import clips
import counting
import lakes
import pytest
import tiny
from pyspark import cloudpickle

from jobs.core.identities import Identities
from jobs.core.stage_specs import images_spec
from jobs.lake.lake import Lake
from jobs.lake.ledger import Ledger
from jobs.settings.settings import Settings
from jobs.stages import images
from udfs.images.task import ImageTask

Note = Callable[[type[ImageTask]], Path]


@pytest.fixture
def noted_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Note]:
    """noted_by(task): the file in which executors note what they do in the image stage, whose tasks are such ones."""
    path = tmp_path / "note"
    make = images.make_task

    def noted_by(noting: type[ImageTask]) -> Path:
        def noted(*arguments: Any) -> ImageTask:
            task = make(*arguments)
            given = {field.name: getattr(task, field.name) for field in fields(ImageTask)}
            return noting(**given, note=str(path))

        monkeypatch.setattr(images, "make_task", noted)
        return path

    # Workers cannot import what lies in tests/support.
    cloudpickle.register_pickle_by_value(counting)
    yield noted_by
    cloudpickle.unregister_pickle_by_value(counting)


def test_as_many_forward_passes_as_images(spark: Any, tmp_path: Path, noted_by: Note) -> None:
    note = noted_by(counting.CountedTask)
    corpus = tiny.corpus(tmp_path / "corpus", images=True)
    tiny.write_shard(corpus / "00003.tar", [("broken", "a dog", b"no image"), ("none", "a cat", None)])
    settings = tiny.settings_dict(tmp_path, images={"tagger": tiny.TAGGER, "batch_size": 2}, waves={"max_shards": 2})
    assert tiny.run_here(spark, settings).complete
    rows = [row for row in Lake(spark, settings["lake"]).rows("shards") if row["stage"] == "images"]
    usable = sum(row["statuses"].get("ok", 0) for row in rows)
    assert usable == 9 and sum(row["samples"] for row in rows) == 11
    assert sum(counting.forwards(note)) == usable

    (tmp_path / "concepts.txt").write_text("\n".join([*tiny.CONCEPTS, "river"]), encoding="utf-8")
    changed = {**settings, "images": {"tagger": {**tiny.TAGGER, "threshold": 0.3}, "batch_size": 2}}
    assert not tiny.run_here(spark, changed).idle
    # A new concept and a threshold above the floor are counted from what is stored.
    assert sum(counting.forwards(note)) == usable


def test_a_worker_loads_a_model_once_for_all_its_tasks(
    spark: Any, tmp_path: Path, noted_by: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "FEWEST_ROWS", 1)
    note = noted_by(counting.LoadingTask)
    tiny.corpus(tmp_path / "corpus", tiny.CAPTIONS[:2] * 2, images=True)
    model = str(clips.save_clip(tmp_path / "model"))
    models = {"tagger": {"kind": "clip", "model": model}, "embedder": {"model": model}}
    settings = tiny.settings_dict(tmp_path, captions=None, images=models, waves={"max_shards": 2})
    assert tiny.run_here(spark, settings).complete
    lines = [line.split() for line in note.read_text().splitlines()]
    tasks = Counter(worker for worker, what in lines if what == "task")
    loads = Counter(worker for worker, what in lines if what == "load")
    assert tasks.total() >= 4, "several partitions in each of two waves"
    assert max(tasks.values()) > 1, "workers serve several tasks"
    assert loads == Counter(set(tasks))


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("activation", "embeds"), [("softmax", True), pytest.param("sigmoid", False, marks=pytest.mark.long)]
)
def test_a_list_that_grew_opens_no_image_again(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, activation: str, embeds: bool
) -> None:
    model = str(clips.save_clip(tmp_path / "model"))
    tagger = {"kind": "clip", "model": model, "activation": activation, "floor": 0.02, "threshold": [0.1, 0.5]}
    corpus = tiny.corpus(tmp_path / "corpus", tiny.CAPTIONS[:2], images=True)
    tiny.write_shard(
        corpus / "00001.tar", [("broken", "a", b"no image"), ("none", "b", None), ("k", "c", tiny.picture(5))]
    )
    settings = tiny.settings_dict(tmp_path, captions=None, images={"tagger": tagger, "batch_size": 4})
    if embeds:
        settings["images"]["embedder"] = {"model": model}
    assert tiny.run_here(spark, settings).complete

    (tmp_path / "concepts.txt").write_text("\n".join(["river", *tiny.CONCEPTS[:-1], "mat"]), encoding="utf-8")
    tiny.write_shard(corpus / "00002.tar", [("new", "a mat", tiny.picture(9))])
    fresh = {**settings, "lake": str(tmp_path / "fresh")}
    assert tiny.run_here(spark, fresh).complete
    for shard in ("00000.tar", "00001.tar"):
        (corpus / shard).unlink()

    # The first attempt is killed when the rows are replaced and the ledger is not yet written.
    write = Ledger.write
    monkeypatch.setattr(Ledger, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        tiny.run_here(spark, settings, ["images"])
    monkeypatch.setattr(Ledger, "write", write)
    assert tiny.run_here(spark, settings).complete
    lakes.assert_equal(tmp_path / "lake", tmp_path / "fresh")
    phases = {row["shard"]: set(row["seconds"]) for row in Lake(spark, settings["lake"]).rows("shards", stage="images")}
    assert phases.pop("00002.tar") >= {"read", "decode", "forward"}
    assert phases == {"00000.tar": {"score"}, "00001.tar": {"score"}}
    assert tiny.run_here(spark, settings).idle


def killed(*_: Any) -> None:
    raise KeyboardInterrupt


def test_the_precision_is_in_the_spec_only_where_it_is_given(tmp_path: Path) -> None:
    def body(**images: Any) -> dict[str, Any]:
        given = {**tiny.settings_dict(tmp_path), "images": {"tagger": tiny.TAGGER, **images}}
        settings = Settings.model_validate(given)
        return images_spec(settings, settings.corpora[0], Identities()).body

    usual = body()
    assert usual == body(precision="auto", threads=3, batch_size=7, device="cpu")
    assert body(precision="float32") == {**usual, "precision": "float32"}
