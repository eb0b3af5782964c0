"""`verify` over a small finished lake, as it is and with rows that were changed afterwards."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import offspark
import pytest
import tiny
import yaml

from jobs.cli import main
from jobs.commands.verify import COLUMNS
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.settings.loading import load_settings
from jobs.settings.settings import Settings
from jobs.verification import rereading
from jobs.verification.differences import SCORE_TOLERANCE
from jobs.verification.finished import Finished

THRESHOLDS = [0.02, 0.05]
IMAGES = {"tagger": {**tiny.TAGGER, "floor": 0.01, "threshold": THRESHOLDS}, "device": "cpu", "batch_size": 4}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus of 14 samples, some of them odd, and a lake in which they are done."""
    folder = tmp_path_factory.mktemp("verify")
    corpus = tiny.corpus(folder / "corpus", images=True)
    odd = [("k", "a dog", tiny.picture(1)), ("broken", "a cat", b"no image"), ("none", "a tiger", None)]
    tiny.write_shard(corpus / "odd.tar", [*odd, ("k", "a dog", None), ("mute", None, tiny.picture(2))])
    settings = Settings.model_validate(tiny.settings_dict(folder, images=IMAGES))
    lake = offspark.finish(settings)
    # Concepts that the tagger sees in noise, so that image search finds some.
    seen = {tag["label"] for row in lake.rows("image_features") for tag in row["tags"] or () if tag["score"] > 0.05}
    (folder / "concepts.txt").write_text("\n".join([*tiny.CONCEPTS, *sorted(seen)]), encoding="utf-8")
    return folder


@pytest.fixture
def no_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is asked for is an error."""

    def refuse(*_: object) -> None:
        raise AssertionError("verify asked for Spark")

    monkeypatch.setattr("jobs.core.session.get_session", refuse)


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Callable[..., Path]:
    """Settings over a copy of the lake that a test may change."""
    shutil.copytree(made / "lake", tmp_path / "lake")

    def write(**changes: Any) -> Path:
        given = tiny.settings_dict(made, **{"images": IMAGES, "lake": str(tmp_path / "lake"), **changes})
        (tmp_path / "settings.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
        return tmp_path / "settings.yaml"

    return write


def table(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """The CSV's rows by check and threshold."""
    return {(row["check"], row["threshold"]): row for row in csv.DictReader(io.StringIO(text))}


def change(path: Path, table: str, sample: str, **values: Any) -> None:
    """Other values in one stored row."""
    settings = load_settings(str(path))
    rows = Lake(None, settings.lake).rows(table)
    assert sum(row["sample"] == sample for row in rows) == 1
    offspark.rewrite(settings, table, [row | values if row["sample"] == sample else row for row in rows])


@pytest.mark.usefixtures("no_spark")
def test_what_the_stages_stored_is_what_the_reference_finds(copy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(copy())]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == ",".join(COLUMNS.names)
    rows = table(said.out)
    assert list(rows)[:4] == [("read", ""), ("nouns", ""), ("tags", ""), ("text", "")]
    # 14 samples were read; the second of the key k is no sample of a later stage. One caption is empty, one absent;
    # one image is broken, one absent.
    samples = {check: int(row["samples"]) for check, row in rows.items()}
    assert samples["read", ""] == 14 and samples["nouns", ""] == samples["tags", ""] == 13
    assert samples["text", ""] == 11 and samples["image", "0.05"] == 11 and samples["integrated", "0.02"] == 9
    assert {row["agreement"] for row in rows.values()} == {"1.0"}
    assert float(rows["read", ""]["lower"]) == pytest.approx(0.05 ** (1 / 14), abs=1e-5)
    # The reference is resized by Pillow, which may be a grey level off.
    assert float(rows["tags", ""]["largest_gap"]) < SCORE_TOLERANCE
    assert "samples 14, differences 0, tolerated 0" in said.err


@pytest.mark.usefixtures("no_spark")
def test_what_was_changed_is_shown_with_both_sides(
    copy: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = copy()
    change(path, "caption_terms", "00000000", keys=["dog", "unicorn"], positions=[1, 4])
    change(path, "samples", "00100001", caption="nothing of the kind")
    assert main(["verify", str(path), "--log-level", "error"]) == 1
    rows = table(capsys.readouterr().out)
    assert [at for at, row in rows.items() if row["differ"] != "0"] == [("read", ""), ("nouns", ""), ("text", "")]
    assert rows["nouns", ""]["agree"] == "12" and float(rows["nouns", ""]["agreement"]) == pytest.approx(12 / 13)
    # The nouns of the sample whose caption was changed in `samples` agree: the caption comes from the shard.
    assert "nouns differs: tiny, shard 00000.tar, sample 00000000: stored dog@1 unicorn@4; found dog@1 cat@4" in (
        caplog.text
    )
    assert "text differs: tiny, shard 00000.tar, sample 00000000: stored unicorn; found cat" in caplog.text
    assert "stored caption 'nothing of the kind'; found caption 'a red bicycle beside a dog'" in caplog.text


@pytest.mark.usefixtures("no_spark")
def test_changed_scores_and_a_lost_row_in_the_summary(copy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy()
    lake = Lake(None, load_settings(str(path)).lake)
    rows = {row["sample"]: row for row in lake.rows("image_features")}
    tags = [dict(tag) for tag in rows["00100000"]["tags"]]
    tags[0]["score"] = float(np.float32(tags[0]["score"] + 0.4))
    change(path, "image_features", "00100000", tags=tags)
    kept = [row for row in lake.rows("image_features") if row["sample"] != "00200000"]
    offspark.rewrite(load_settings(str(path)), "image_features", kept)
    assert main(["verify", str(path), "--json"]) == 1
    summary = json.loads(capsys.readouterr().out)
    by_check = {(row["check"], row["threshold"]): row for row in summary["checks"]}
    assert by_check["tags", None]["differ"] == 2 and by_check["tags", None]["samples"] == 13
    assert by_check["tags", None]["largest_gap"] == pytest.approx(0.4, abs=SCORE_TOLERANCE)
    assert by_check["text", None]["differ"] == 0
    shown = {one["sample"]: one for one in summary["differences"] if one["check"] == "tags"}
    assert shown["00200000"]["stored"] == "nothing" and shown["00200000"]["found"] == "ok"
    assert tags[0]["label"] in shown["00100000"]["stored"]


@pytest.mark.usefixtures("no_spark")
def test_differences_beyond_a_few_are_counted(
    copy: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = copy(images=None)
    settings = load_settings(str(path))
    rows = Lake(None, settings.lake).rows("caption_terms")
    offspark.rewrite(settings, "caption_terms", [row | {"positions": [9] * len(row["keys"] or ())} for row in rows])
    assert main(["verify", str(path), "--samples", "14"]) == 1
    assert int(table(capsys.readouterr().out)["nouns", ""]["differ"]) == 11
    assert caplog.text.count("nouns differs") == 5 and "6 more differences are not shown" in caplog.text


@pytest.mark.parametrize("match", ["paper", "phrase"])
@pytest.mark.usefixtures("no_spark")
def test_other_matches_and_the_seed(copy: Any, match: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy(captions={"match": match}, images=None)
    if match == "paper":
        # Of captions as they are: another pass than that of strict and phrase.
        offspark.finish(load_settings(str(path)), ["captions"])
    said = []
    for seed in ("0", "0", "1"):
        assert main(["verify", str(path), "--samples", "10", "--seed", seed, "--log-level", "error"]) == 0
        said.append(capsys.readouterr().out)
    rows = table(said[0])
    assert rows["read", ""]["agree"] == "10" and rows["text", ""]["agree"] == rows["text", ""]["samples"] != "0"
    assert said[0] == said[1]


@pytest.mark.usefixtures("no_spark")
def test_what_is_stored_under_other_settings_is_refused(copy: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["verify", str(copy(captions={"max_characters": 9}))]) == 2
    assert "max_characters: was 100000, now 9" in caplog.text


@pytest.mark.usefixtures("no_spark")
def test_a_shard_that_changed_is_left_out(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    corpus = shutil.copytree(made / "corpus", tmp_path / "corpus", copy_function=shutil.copy2)
    shutil.copytree(made / "lake", tmp_path / "lake")
    tiny.write_shard(corpus / "00001.tar", [("new", "a unicorn", None)])
    path = tiny.write_settings(tmp_path)
    assert main(["verify", str(path), "--dry-run"]) == 0
    assert capsys.readouterr().out == "verify tiny: 11 of 11 samples in 3 shards\n"
    assert main(["verify", str(path)]) == 0
    assert "1 shards are left out: not done, or changed since" in caplog.text
    assert "\ntiny,nouns,,10,10,0,0,1.0," in capsys.readouterr().out


def test_where_there_is_nothing_to_verify_it_is_said(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(made / "corpus", tmp_path / "corpus")
    assert main(["verify", str(tiny.write_settings(tmp_path))]) == 1
    assert "corpus tiny: no shard is done at ingest, captions" in caplog.text
    assert main(["verify", str(tiny.write_settings(tmp_path, captions=None))]) == 2
    assert "nothing to verify: add 'corpora', and 'captions' or 'images.tagger'" in caplog.text
    assert main(["verify", str(tiny.write_settings(tmp_path)), "--corpus", "other"]) == 2


@pytest.mark.usefixtures("no_spark")
def test_rows_that_are_all_lost_differ(copy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy(images=None)
    for name in ("samples", "caption_terms"):
        offspark.rewrite(load_settings(str(path)), name, [])
    assert main(["verify", str(path), "--log-level", "error"]) == 1
    rows = table(capsys.readouterr().out)
    assert rows["read", ""]["differ"] == "14" and rows["nouns", ""]["differ"] == "13"


def test_a_shard_that_cannot_be_read_is_no_difference(made: Path) -> None:
    corpus = Settings.model_validate(tiny.settings_dict(made)).corpora[0]
    done = Finished(corpus, str(made / "corpus"), {}, {"gone.tar": 3}, 0)
    with pytest.raises(ConceptfreqError, match=r"gone\.tar cannot be read again: FileNotFoundError"):
        rereading.read_again(done, "gone.tar", [0], rereading.References(None, None), {})


def test_captions_of_real_shards(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpora = [
        {"name": "tars", "format": "webdataset", "path": str(shared / "corpora/wds/flickr_like"), "pattern": "*0.tar"},
        {"name": "photos", "format": "parquet", "path": str(shared / "corpora/hf_parquet")},
    ]
    path = tiny.write_settings(tmp_path, corpora=corpora)
    offspark.finish(load_settings(str(path)), ("ingest", "captions"))
    assert main(["verify", str(path), "--samples", "60"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {(row["corpus"], row["check"], row["samples"], row["agree"]) for row in rows} == {
        (corpus, check, "60", "60") for corpus in ("tars", "photos") for check in ("read", "nouns", "text")
    }


def test_after_a_run_on_spark(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus")
    tiny.run_here(spark, tiny.settings_dict(tmp_path), ["ingest", "captions"])
    assert main(["verify", str(tiny.write_settings(tmp_path))]) == 0
    assert "\ntiny,nouns,,9,9,0,0,1.0," in capsys.readouterr().out
