"""`estimate` over small corpora: what it measures, what it takes from the ledger, and how near the truth it comes."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import offspark
import pyarrow as pa
import pytest
import tiny

from jobs.cli import main
from jobs.commands.estimate import COLUMNS, row_of
from jobs.estimation.costs import Population, estimate_stage
from jobs.estimation.measure import Bench, one_core
from jobs.estimation.observed import Observed
from jobs.lake.lake import Lake
from jobs.settings.loading import load_settings
from jobs.settings.settings import Settings

IMAGES = {"tagger": tiny.TAGGER, "device": "cpu", "batch_size": 4}


def captions(shards: int) -> list[list[str]]:
    """Shards of 3 to 40 captions."""
    sizes = np.random.default_rng(5).integers(3, 40, shards)
    return [[f"a photo of {number} dogs and a cat on a mat" for number in range(size)] for size in sizes]


def rows(text: str) -> dict[str, dict[str, str]]:
    """The CSV's rows by stage."""
    return {row["stage"]: row for row in csv.DictReader(io.StringIO(text))}


def estimated(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, dict[str, str]]:
    assert main(["estimate", str(path), "--log-level", "warning", *options]) == 0
    return rows(capsys.readouterr().out)


def test_all_shards_measured_leave_no_doubt_of_the_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = captions(6)
    tiny.corpus(tmp_path / "corpus", given)
    assert main(["estimate", str(tiny.write_settings(tmp_path)), "--cores", "4", "--corpus", "tiny"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == ",".join(COLUMNS.names)
    found = rows(said.out)
    assert list(found) == ["ingest", "captions"]
    assert {row["samples"] for row in found.values()} == {str(sum(map(len, given)))}
    assert {(row["source"], row["shards"], row["sampled"]) for row in found.values()} == {("measured:6", "6", "6")}
    assert found["captions"]["phases"] == "nouns=1.00" and found["captions"]["gpu_hours"] == ""
    hours = {name: float(found["captions"][name]) for name in ("core_hours", "hours")}
    assert hours["core_hours"] > 0 and hours["hours"] == pytest.approx(hours["core_hours"] / 4, rel=1e-3)
    assert "not included: starting Spark" in said.err
    assert not (tmp_path / "lake").exists(), "nothing is written"


def test_what_is_done_is_taken_from_the_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus", captions(5))
    path = tiny.write_settings(tmp_path)
    settings = load_settings(str(path))
    offspark.finish(settings, ("ingest", "captions"))
    truth: dict[str, float] = {}
    for row in Lake(None, settings.lake).rows("shards"):
        truth[row["stage"]] = truth.get(row["stage"], 0.0) + sum(row["seconds"].values())
    for stage, row in estimated(path, capsys).items():
        assert row["source"] == "ledger:5"
        assert float(row["core_hours"]) == pytest.approx(truth[stage] / 3600, rel=1e-3)
        assert row["core_hours_low"] == row["core_hours"] == row["core_hours_high"]


def test_the_ledger_is_filled_up_to_as_many_shards_as_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.corpus(tmp_path / "corpus", captions(9))
    path = tiny.write_settings(tmp_path)
    settings = load_settings(str(path))
    offspark.finish(settings, ("ingest",))
    offspark.finish(settings, ("captions",), shards=2)
    assert main(["estimate", str(path), "--shards", "4", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("estimate tiny: 2 shards to time here\n") and said.count(": captions\n") == 2
    found = estimated(path, capsys, "--shards", "4")
    assert found["ingest"]["source"] == "ledger:9" and found["captions"]["source"] == "ledger:2 measured:2"
    # All shards are read, so that what goes into the later stage is known and not estimated.
    assert found["captions"]["samples"] == found["ingest"]["samples"] == str(sum(map(len, captions(9))))
    low, high = (float(found["captions"][name]) for name in ("core_hours_low", "core_hours_high"))
    assert low < float(found["captions"]["core_hours"]) < high


def test_images_are_timed_on_one_core_and_by_phase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    tiny.corpus(tmp_path / "corpus", images=True)
    path = tiny.write_settings(tmp_path, images=IMAGES)
    before = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    found = estimated(path, capsys, "--shards", "2")["images"]
    assert (torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")) == before
    assert [part.split("=")[0] for part in found["phases"].split()] == ["copy", "decode", "forward", "read", "write"]
    assert found["source"] == "measured:2" and found["samples"] == "9" and found["gpu_hours"] == ""
    with one_core():
        assert os.environ["OMP_NUM_THREADS"] == "1"


def test_the_summary_is_one_line_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus", captions(2))
    assert main(["estimate", str(tiny.write_settings(tmp_path, captions=None)), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert [row["stage"] for row in summary["stages"]] == ["ingest"]
    assert summary["core_hours"] == summary["stages"][0]["core_hours"] and summary["gpu_hours"] == 0


def test_one_shard_has_no_interval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    tiny.corpus(tmp_path / "corpus", captions(4))
    found = estimated(tiny.write_settings(tmp_path, captions=None), capsys, "--shards", "1")
    assert found["ingest"]["core_hours_low"] == found["ingest"]["hours_high"] == ""
    assert "tiny ingest: too few shards for an interval" in caplog.text


def test_a_shard_that_cannot_be_fetched_tells_nothing(tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", captions(2))
    settings = Settings.model_validate(tiny.settings_dict(tmp_path))
    assert Bench(settings, settings.corpora[0], 0).measure("gone.tar", ["ingest"]) is None


def half_a_second_a_row(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """A task whose time is known."""
    for batch in batches:
        seconds = pa.array([[("nouns", 0.5)]] * batch.num_rows, pa.map_(pa.string(), pa.float32()))
        yield pa.RecordBatch.from_arrays([seconds], ["seconds"])


def test_a_part_of_the_captions_is_timed_and_the_seconds_scaled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("udfs.shards.task.BATCH_ROWS", 10)
    tiny.corpus(tmp_path / "corpus", [["a dog"] * 95])
    settings = Settings.model_validate(tiny.settings_dict(tmp_path))
    timed: list[list[str]] = []

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        given = list(batches)
        timed.append([name for batch in given for name in batch.column("sample").to_pylist()])
        return half_a_second_a_row(iter(given))

    for seed in range(30):
        bench = Bench(settings, settings.corpora[0], seed)
        bench._tasks["captions"] = task
        found = bench.measure("00000.tar", ["captions"])
        assert found and found["captions"].samples == 95 and found["captions"].part
        assert found["captions"].work == pytest.approx(95 * 0.5, rel=1e-6)
    # Four of ten batches each time, and each of them some time.
    assert {len(names) for names in timed} <= {40, 35} and len({name for names in timed for name in names}) == 95


def test_large_shards_are_timed_in_part_and_scaled() -> None:
    size = {"a": 100, "b": 300, "c": 600}
    observed = {
        "a": Observed(10, {"decode": 1.0, "forward": 3.0}, measured=True, part=True),
        "b": Observed(30, {"decode": 3.0, "forward": 9.0}, measured=True, part=True),
    }
    found = estimate_stage(Population("x", "images", size, None), observed)
    assert found.samples.value == pytest.approx(100) and found.seconds.value == pytest.approx(40)
    assert found.per_thousand == pytest.approx(400) and found.device_seconds == pytest.approx(30)
    assert row_of(found, 2, on_gpu=True)["gpu_hours"] == pytest.approx(30 / 3600, rel=1e-3)
    assert row_of(found, 2, on_gpu=False)["gpu_hours"] is None


def test_shards_timed_in_part_keep_their_doubt_though_all_of_them_are() -> None:
    population = Population("x", "images", {"a": 100, "b": 100}, None)
    for part in (True, False):
        observed = {
            name: Observed(10, {"decode": seconds}, measured=True, part=part) for name, seconds in (("a", 1), ("b", 2))
        }
        found = estimate_stage(population, observed)
        assert found.seconds.low is not None and (found.seconds.low < found.seconds.value) == part
        assert found.samples.low == found.samples.value == 20


def test_a_device_that_is_not_here_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    tiny.corpus(tmp_path / "corpus", images=True)
    path = tiny.write_settings(tmp_path, images={**IMAGES, "device": "cuda"})
    assert main(["estimate", str(path)]) == 2
    assert "images.device: device 'cuda' was asked for" in caplog.text


def test_real_shards_from_some_of_them(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpora: list[dict[str, Any]] = [
        {"name": "tars", "format": "webdataset", "path": str(shared / "corpora/wds/flickr_like")},
        {"name": "coco", "format": "delimited", "path": str(shared / "corpora/captions/coco_as_cc3m.tsv")},
    ]
    path = tiny.write_settings(tmp_path, corpora=corpora)
    assert main(["estimate", str(path), "--shards", "3", "--log-level", "error"]) == 0
    found = {(row["corpus"], row["stage"]): row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    # 2,748 pairs in six shards of about the same size; a file of its own is read to its end.
    assert int(found["tars", "ingest"]["samples"]) == pytest.approx(2748, rel=0.05)
    assert int(found["coco", "captions"]["samples"]) == 16_966
    assert float(found["tars", "captions"]["core_hours"]) > 0 and found["coco", "captions"]["core_hours_low"] == ""
