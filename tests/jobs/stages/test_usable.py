"""What is said of a corpus, or a shard, of which a search can use too little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import offspark
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny

from jobs.core.context import Context
from jobs.settings.settings import Settings
from jobs.stages.registry import plans
from jobs.stages.usable import Judge


def judged(folder: Path, corpus: dict[str, Any], stages: tuple[str, ...], **changes: Any) -> list[str]:
    """What is said of a corpus after these stages, which are done without Spark."""
    settings = Settings.model_validate(tiny.settings_dict(folder, corpora=[corpus], **changes))
    context = Context(settings, offspark.finish(settings, stages))
    judge = Judge(context)
    [one] = settings.corpora
    found = [judge.judge(one, plans(context, one, [stage])[stage]) for stage in stages]
    return [str(shortage) for shortage in found if shortage]


def parquet(folder: Path, *shards: dict[str, list[Any]], **options: str) -> dict[str, Any]:
    """A Parquet corpus with these shards."""
    (folder / "corpus").mkdir()
    for number, columns in enumerate(shards):
        pq.write_table(pa.table(columns), folder / "corpus" / f"{number}.parquet")
    return {"name": "alt", "format": "parquet", "path": str(folder / "corpus"), "options": options}


def webdataset(folder: Path, *captions: list[str | None]) -> dict[str, Any]:
    """Shards of samples with these captions, and an image where there is none."""
    (folder / "corpus").mkdir()
    for number, shard in enumerate(captions):
        samples = [(f"{row}", caption, None if caption else b"image") for row, caption in enumerate(shard)]
        tiny.write_shard(folder / "corpus" / f"{number}.tar", samples)
    return {"name": "tars", "format": "webdataset", "path": str(folder / "corpus")}


def test_an_option_that_fits_no_shard_is_said_in_one_sentence(tmp_path: Path) -> None:
    other = {"text": ["a dog"]}
    [said] = judged(tmp_path, parquet(tmp_path, other, other, other, caption="alt"), ("ingest", "captions"))
    assert said.startswith(
        "ingest, corpus alt: the searches can use 0 of 3 samples; too few in 3 of 3 shards: 0.parquet"
    )
    assert "reason, of 3 samples, is bad_shard, as of sample #shard in 0.parquet" in said
    assert "no column alt; the columns are text" in said and "--new-spec" in said


def test_a_bad_shard_beside_good_ones_is_named(tmp_path: Path) -> None:
    good, bad = {"alt": ["a dog", "a cat"]}, {"text": ["a dog"]}
    [said] = judged(tmp_path, parquet(tmp_path, good, bad, good, caption="alt"), ("ingest",))
    assert "can use 4 of 5 samples; too few in 1 of 3 shards: 1.parquet 0 of 1;" in said


@pytest.mark.parametrize(("fraction", "fails"), [(0.7, False), (0.5, True)])
def test_captions_that_are_not_there_are_told_by_the_text_search(tmp_path: Path, fraction: float, fails: bool) -> None:
    corpus = webdataset(tmp_path, ["a dog", None, None], ["a dog", None])
    said = judged(tmp_path, corpus, ("ingest", "captions"), max_bad_fraction=fraction)
    assert len(said) == fails
    if fails:
        assert (
            "captions, corpus tars: text search can use 2 of 5 samples; too few in 1 of 2 shards: 0.tar 1 of 3"
            in said[0]
        )
        assert "reason, of 2 samples, is no_caption, as of sample 1 in 0.tar" in said[0]


def test_half_is_not_more_than_half(tmp_path: Path) -> None:
    assert not judged(tmp_path, webdataset(tmp_path, ["a dog", None]), ("ingest", "captions"))


def test_no_fraction_allows_a_corpus_of_which_nothing_is_left(tmp_path: Path) -> None:
    said = judged(tmp_path, webdataset(tmp_path, [None], [None]), ("ingest", "captions"), max_bad_fraction=1)
    assert "text search can use 0 of 2 samples" in said[0]


def test_what_the_reader_said_of_a_sample_is_the_reason(tmp_path: Path) -> None:
    corpus = webdataset(tmp_path, [None])
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, corpora=[corpus]))
    lake = offspark.finish(settings, ("ingest",))
    offspark.rewrite(settings, "samples", [row | {"detail": "its json has no caption"} for row in lake.rows("samples")])
    [said] = judged(tmp_path, corpus, ("captions",))
    assert "is no_caption, as of sample 0 in 0.tar (its json has no caption)." in said


def test_the_worst_five_are_named(tmp_path: Path) -> None:
    shards: list[list[str | None]] = [["a dog", None, None, None], *([[None, None]] * 6), ["a dog"]]
    [said] = judged(tmp_path, webdataset(tmp_path, *shards), ("ingest", "captions"))
    assert (
        "too few in 7 of 8 shards: 1.tar 0 of 2, 2.tar 0 of 2, 3.tar 0 of 2, 4.tar 0 of 2, 5.tar 0 of 2 and 2 more"
        in said
    )


def test_a_corpus_of_empty_shards_is_no_corpus_without_dogs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    [said] = judged(tmp_path, webdataset(tmp_path, [], []), ("ingest", "captions"))
    assert "can use 0 of 0 samples; all of its 2 shards are empty." in said
    assert "2 shards have no samples, as 0.tar" in caplog.text


def test_a_shard_is_named_once(tmp_path: Path) -> None:
    corpus = webdataset(tmp_path, ["a dog"], [None], [])
    (tmp_path / "corpus" / "3.tar").write_bytes(b"no tar" * 200)
    first, second = judged(tmp_path, corpus, ("ingest", "captions"))
    assert "can use 2 of 3 samples; too few in 1 of 4 shards: 3.tar 0 of 1;" in first
    assert "can use 1 of 3 samples; too few in 1 of 4 shards: 1.tar 0 of 1;" in second


def test_an_empty_shard_beside_others_is_only_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert not judged(tmp_path, webdataset(tmp_path, ["a dog"], []), ("ingest", "captions"))
    assert "ingest, corpus tars: 1 shards have no samples, as 1.tar" in caplog.text


def test_a_corpus_of_captions_is_not_asked_for_images(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    corpus = parquet(tmp_path, {"caption": ["a dog"]})
    tagger = {"tagger": tiny.TAGGER, "batch_size": 1}
    assert not judged(tmp_path, corpus, ("ingest", "captions", "images"), images=tagger)
    assert "images, corpus alt: its shards hold no images" in caplog.text


def test_a_webdataset_is(tmp_path: Path) -> None:
    tagger = {"tagger": tiny.TAGGER, "batch_size": 1}
    [said] = judged(tmp_path, webdataset(tmp_path, ["a dog"]), ("ingest", "captions", "images"), images=tagger)
    assert "image search can use 0 of 1 samples" in said and "is no_image, as of sample 0 in 0.tar" in said


def test_images_beside_the_folders_of_the_classes_are_not_asked_for_a_caption(tmp_path: Path) -> None:
    (tmp_path / "corpus" / "dog").mkdir(parents=True)
    for name in ("a.png", "dog/b.png"):
        (tmp_path / "corpus" / name).write_bytes(tiny.picture(1))
    corpus = {"name": "folders", "format": "folder", "path": str(tmp_path / "corpus")}
    assert not judged(tmp_path, corpus, ("ingest", "captions"))


def test_shards_that_are_passed_over_are_not_judged(tmp_path: Path) -> None:
    corpus = webdataset(tmp_path, ["a dog"], [None])
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, corpora=[corpus]))
    context = Context(settings, offspark.finish(settings, ("ingest", "captions")))
    [one] = settings.corpora
    plan = plans(context, one, ["captions"])["captions"]
    judge = Judge(context)
    judge.pass_over(one, ["1.tar"])
    assert judge.judge(one, plan) is None
    assert "1.tar 0 of 1" in str(Judge(context).judge(one, plan))
