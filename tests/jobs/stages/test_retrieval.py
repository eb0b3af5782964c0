"""Recall of a tiny CLIP on a drawn set with several captions an image, ties and rubbish, beside a plain loop."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pyarrow as pa
import pytest
import tiny
from PIL import Image
from pyspark.sql import SparkSession
from scipy.stats import hypergeom

from jobs import ConceptfreqError
from jobs.core.mlflow_store import logging_to, tracking_of
from jobs.core.staging import FOLDER
from jobs.lake.lake import Lake
from jobs.lake.ledger import Ledger
from jobs.settings.settings import Settings
from jobs.stages import measurements, retrieval
from udfs.images import caption_pairs
from udfs.images.caption_pairs import CaptionSearch, EmbedPairsTask
from udfs.images.models.clip_model import load_clip
from udfs.images.models.embeddings import decode_embedding
from udfs.images.running.pipeline import Pipeline
from udfs.shards.registry import reader
from udfs.shards.task import IngestTask

CONCEPTS = ("dog", "cat", "river", "striped", "unicorn")
HELD = {"dog": ("dog", "dogs"), "cat": ("cat", "cats"), "river": ("river",), "striped": (), "unicorn": ()}
# Picture, caption: a picture with several captions, a caption of several pictures, one picture in two files.
PAIRS = (
    (0, "a dog by the river"), (0, "two dogs"), (0, "a dog"), (1, "a dog"), (2, "a dog"), (3, "a cat on a mat"),
    (4, "cats and a dog"), (5, "the river at night"), (6, "a boat"), (-6, "a boat on a river"), (7, "a cat"),
    (3, "a cat sleeps"), (8, "green leaves"), (9, "a house"), (10, "a car"), (11, "a train"), (12, "a cat"),
)  # fmt: skip
RUBBISH = [("r0", "a dog", b"<html>"), ("r1", " ", tiny.picture(90)), ("r2", "a cat", None), ("r3", None, b"x")]
METRICS = [f"{way}_recall@{k}" for way, k in product(("text_to_image", "image_to_text"), (1, 5, 10))]


def picture(number: int) -> bytes:
    """A PNG of noise; a negative number has the pixels of the positive one in another file."""
    if number >= 0:
        return tiny.picture(number)
    buffer = io.BytesIO()
    Image.open(io.BytesIO(tiny.picture(-number))).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings with a retrieval set of two shards and a tiny model."""
    folder = tmp_path_factory.mktemp("retrieval")
    (folder / "set").mkdir()
    samples = [(f"{at:04}", caption, picture(number)) for at, (number, caption) in enumerate(PAIRS)]
    tiny.write_shard(folder / "set" / "a.tar", samples[:9])
    tiny.write_shard(folder / "set" / "b.tar", [*samples[9:], *RUBBISH])
    (folder / "concepts.txt").write_text("\n".join(CONCEPTS) + "\n")
    clips.save_clip(folder / "model")
    one = {"name": "pairs", "format": "webdataset", "path": str(folder / "set"), "concepts": "words"}
    sets = [{**one, "task": "retrieval"}]
    models = [{"name": "m", "model": str(folder / "model")}]
    return tiny.settings_dict(folder, corpora=[], evaluate={"sets": sets, "models": models, "device": "cpu"})


def rows_of(spark: SparkSession, given: dict[str, Any], lake: Path) -> dict[tuple[str, str], tuple[Any, int]]:
    rows = Lake(spark, str(lake)).rows("evaluations")
    assert {(row["set"], row["model"], row["prompt"], row["unit"]) for row in rows} == {("pairs", "m", "", "share")}
    return {(row["concept"], row["metric"]): (row["value"], row["samples"]) for row in rows}


def embedding(given: dict[str, Any]) -> EmbedPairsTask:
    """The task of executors."""
    search = CaptionSearch(CONCEPTS, "en_core_web_sm", "spacy", 0.0, True, 1000)
    model = {"model": given["evaluate"]["models"][0]["model"]}
    return EmbedPairsTask(given["evaluate"]["sets"][0]["path"], model, search, device="cpu")


def ingested(given: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    """The usable samples of the set."""
    ingest = IngestTask(reader("webdataset", {}), given["evaluate"]["sets"][0]["path"])
    for shard in ("a.tar", "b.tar"):
        for batch in ingest.read(shard):
            yield batch.filter(pa.array([status == "ok" for status in batch["status"].to_pylist()]))


def embedded(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The pairs as one task in this process embeds them."""
    return [row for batch in embedding(given)(ingested(given)) for row in batch.to_pylist()]


def expected(given: dict[str, Any]) -> dict[tuple[str, str], tuple[Any, int]]:
    """Recalls by a plain loop over all images and captions."""
    pairs = [row for row in embedded(given) if row["status"] == "ok"]
    assert len(pairs) == len(PAIRS)
    files = [picture(number) for number, _ in PAIRS]
    numbers = [files.index(file) for file in files]
    images = sorted(set(numbers))
    vectors = {at: decode_embedding(pairs[at]["image"]).astype(float) for at in images}
    texts = [decode_embedding(row["text"]).astype(float) for row in pairs]
    score = {(at, text): float(np.dot(vectors[at], texts[text])) for at in images for text in range(len(texts))}
    found: dict[tuple[str, str], list[float]] = {}
    for k in (1, 5, 10):
        for text, (_, caption) in enumerate(PAIRS):
            right = {numbers[text]}
            chance = within(k, {at: score[at, text] for at in images}, right)
            note(found, f"text_to_image_recall@{k}", [caption], chance)
        for at in images:
            own = {text for text, number in enumerate(numbers) if number == at}
            chance = within(k, {text: score[at, text] for text in range(len(texts))}, own)
            note(found, f"image_to_text_recall@{k}", [PAIRS[text][1] for text in own], chance)
    keys = [*product(CONCEPTS, METRICS), *(("", f"whole_set_{metric}") for metric in METRICS)]
    return {key: (float(np.mean(found[key])), len(found[key])) if key in found else (None, 0) for key in keys}


def within(k: int, scores: dict[int, float], right: set[int]) -> float:
    best = max(scores[item] for item in right)
    better = sum(score > best for score in scores.values())
    tied = [item for item, score in scores.items() if score == best]
    return float(1 - hypergeom.pmf(0, len(tied), len(right & set(tied)), min(max(k - better, 0), len(tied))))


def note(found: dict[tuple[str, str], list[float]], metric: str, captions: list[str], chance: float) -> None:
    found.setdefault(("", f"whole_set_{metric}"), []).append(chance)
    for concept, words in HELD.items():
        if any(word in caption.split() for caption in captions for word in words):
            found.setdefault((concept, metric), []).append(chance)


def test_recall_is_that_of_a_plain_loop(
    spark: SparkSession, given: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert tiny.run_here(spark, given, ["evaluate"]).succeeded
    found, plain = rows_of(spark, given, Path(given["lake"])), expected(given)
    assert found.keys() == plain.keys()
    for key, (value, items) in plain.items():
        assert found[key] == (None if value is None else pytest.approx(value, abs=1e-12), items), key
    assert found["dog", METRICS[0]][1] == 6 and found["dog", METRICS[3]][1] == 4
    assert "pairs m: text_to_image recall @1 " in caplog.text and "over 17 items" in caplog.text
    assert "pairs m: image_to_text recall @1 " in caplog.text and "over 14 items" in caplog.text
    [row] = Ledger(Lake(spark, given["lake"]), ["pairs"]).done("pairs", "evaluate", spec_of(given)).values()
    assert row["statuses"] == {"ok": 17, "empty_caption": 1, "no_image": 1, "not_an_image": 2}
    assert not [one for one in (Path(given["lake"]) / FOLDER).rglob("*") if one.is_file()]
    assert tiny.run_here(spark, given, ["evaluate"]).idle


def spec_of(given: dict[str, Any]) -> str:
    [row] = Lake(None, given["lake"]).rows("specs", ["spec"], stage="evaluate")
    return str(row["spec"])


def test_neither_partitioning_nor_a_kill_changes_a_row(
    spark: SparkSession, given: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {**given, "lake": str(tmp_path / "lake")}
    monkeypatch.setattr(measurements, "PART_ROWS", 3)
    monkeypatch.setattr(measurements, "PARTS", 3)
    monkeypatch.setattr(retrieval, "BLOCK", 5)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    for place in (retrieval, "_rows"), (Ledger, "write"):
        with monkeypatch.context() as patched:
            patched.setattr(*place, killed)
            with pytest.raises(KeyboardInterrupt):
                tiny.run_here(spark, other, ["evaluate"])
    assert tiny.run_here(spark, other, ["evaluate"]).succeeded
    assert rows_of(spark, other, tmp_path / "lake") == rows_of(spark, given, Path(given["lake"]))


def test_embeddings_are_those_of_the_model(given: dict[str, Any]) -> None:
    model = load_clip(given["evaluate"]["models"][0]["model"], None)
    row = embedded(given)[3]
    alone = model.embed_texts(["a dog"])[0].numpy()
    assert np.allclose(decode_embedding(row["text"]), alone, atol=1e-3)
    assert np.linalg.norm(decode_embedding(row["image"])) == pytest.approx(1, abs=1e-3)
    assert row["concepts"] == [0] and len(row["sha256"]) == 32


def test_an_image_in_neighbouring_rows_is_embedded_once(given: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    class Counting(Pipeline):
        def run(self, contents: Any) -> Any:
            for item in super().run(contents):
                seen.append(len(item.rows))
                yield item

    monkeypatch.setattr(caption_pairs, "Pipeline", Counting)
    rows = embedded(given)
    assert len(rows) == sum(seen) == len(PAIRS) + len(RUBBISH) and seen[0] == 3 and max(seen[1:]) == 1
    assert rows[0]["image"] == rows[1]["image"] == rows[2]["image"] and rows[0]["text"] != rows[1]["text"]
    # One by one, where no two rows are neighbours, each has the same embeddings.
    alone = [row for batch in ingested(given) for at in range(batch.num_rows) for row in one_by_one(given, batch, at)]
    assert alone == rows


def one_by_one(given: dict[str, Any], batch: pa.RecordBatch, at: int) -> list[dict[str, Any]]:
    """A row of a batch by itself."""
    return [row for found in embedding(given)(iter([batch.slice(at, 1)])) for row in found.to_pylist()]


def test_its_recalls_are_fitted_against_the_counts_of_a_corpus(spark: SparkSession, tmp_path: Path) -> None:
    import mlflow

    nouns = ("dog", "cat", "river", "boat", "house", "tree", "car", "train")
    for folder in ("corpus", "set"):
        (tmp_path / folder).mkdir()
    # Noun k is in 2^k captions of the corpus, and in four pairs of the set.
    captions = [(f"{noun}{at}", f"a {noun}", None) for k, noun in enumerate(nouns) for at in range(2**k)]
    tiny.write_shard(tmp_path / "corpus" / "a.tar", captions)
    pairs = [(f"{noun}{at}", f"a {noun} and {at} leaves", at) for noun in nouns for at in range(4)]
    tiny.write_shard(tmp_path / "set" / "a.tar", [(*one[:2], tiny.picture(k)) for k, one in enumerate(pairs)])
    (tmp_path / "concepts.txt").write_text("\n".join(nouns) + "\n")
    clips.save_clip(tmp_path / "model")
    one = {"name": "pairs", "format": "webdataset", "path": str(tmp_path / "set"), "concepts": "words"}
    models = [{"name": "m", "model": str(tmp_path / "model")}]
    made = tiny.settings_dict(
        tmp_path,
        evaluate={"sets": [{**one, "task": "retrieval"}], "models": models, "device": "cpu"},
        fit={"protocols": ["default"]},
        tracking={"uri": f"sqlite:///{tmp_path}/mlflow.db", "experiment": "retrieval"},
    )
    assert tiny.run_here(spark, made).succeeded
    lake = Lake(None, made["lake"])
    scores = {(row["concept"], row["metric"]): row["value"] for row in lake.rows("evaluations")}
    fits = {row["metric"]: row for row in lake.rows("fits")}
    assert {"text_to_image_recall@5", "image_to_text_recall@10"} <= fits.keys() <= set(METRICS)
    for metric, row in fits.items():
        own = [scores[noun, metric] for noun in nouns]
        assert (row["search"], row["sets"], row["model"], row["concepts"]) == ("text", "pairs", "m", len(nouns))
        slope = np.polyfit(np.log10([2**k for k in range(len(nouns))]), own, 1)[0]
        assert row["slope_per_decade"] == pytest.approx(slope)
    with logging_to(tracking_of(Settings.model_validate(made))):
        [model] = mlflow.search_logged_models(output_format="list")
    found = {metric.key: metric.value for metric in model.metrics}
    name = "text_to_image_recall@10"
    assert found["whole_set_text_to_image_recall_10"] == scores["", f"whole_set_{name}"]
    assert found["mean.text_to_image_recall_10"] == pytest.approx(np.mean([scores[noun, name] for noun in nouns]))


def test_retrieval_without_a_text_search_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises((ConceptfreqError, ValueError), match="retrieval needs the section 'captions'"):
        Settings.model_validate({key: value for key, value in given.items() if key != "captions"})
