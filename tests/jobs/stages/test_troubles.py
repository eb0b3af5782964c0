"""What is amiss with one corpus is logged once, is named at the end, fails the run, and stops no other corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.cli import main
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease


def closing(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Where something is amiss, as the end of a run names it."""
    [line] = [one for one in caplog.messages if one.startswith("not done, or not usable, for the reasons logged above")]
    assert caplog.messages.index(line) > max(
        at for at, one in enumerate(caplog.messages) if "held by " in one or "can use 0 of 1" in one
    )
    return line.partition(": ")[2].split("; ")


def test_the_others_go_on(
    spark: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    tiny.write_shard(tmp_path / "images" / "0.tar", [("a", None, b"image")])
    corpora = [
        {"name": "images", "format": "webdataset", "path": str(tmp_path / "images")},
        {"name": "held", "format": "webdataset", "path": str(tiny.corpus(tmp_path / "held"))},
        {"name": "tiny", "format": "webdataset", "path": str(tiny.corpus(tmp_path / "corpus"))},
    ]
    path = tiny.write_settings(tmp_path, corpora=corpora)
    with Lease(Lake(spark, str(tmp_path / "lake")), "held", "captions", 120).hold():
        assert main(["run", str(path), "--json"]) == 1
    summary = json.loads(capsys.readouterr().out)
    said = [trouble.split(":")[0] for trouble in summary["troubles"]]
    assert said == ["captions, corpus images", "captions, corpus held"]
    assert caplog.text.count("held by ") == 1
    assert closing(caplog) == ["captions, corpus images", "captions, corpus held"]
    assert main(["counts", str(path), "--search", "text", "--corpus", "tiny"]) == 0
    assert "tiny,text,,dog,3,,8,own,\n" in capsys.readouterr().out
    # 0 of a million is another answer than 0 of nothing.
    assert main(["counts", str(path), "--search", "text", "--corpus", "images"]) == 0
    assert "images,text,,dog,0,,0,own,\n" in capsys.readouterr().out
    assert main(["counts", str(path), "--search", "text", "--corpus", "held"]) == 1

    # A run with nothing left to do for the corpus logs it again.
    caplog.clear()
    assert main(["run", str(path), "--json"]) == 1
    summary = json.loads(capsys.readouterr().out)
    assert [trouble.split(":")[0] for trouble in summary["troubles"]] == ["captions, corpus images"]
    assert caplog.text.count("text search can use 0 of 1 samples") == 1
    assert closing(caplog) == ["captions, corpus images"]
    assert main(["count", str(path)]) == 1, "nor does counting alone pass over it"
    capsys.readouterr()
    assert main(["counts", str(path), "--search", "text", "--corpus", "held"]) == 0
    assert "held,text,,dog,3,,8,own,\n" in capsys.readouterr().out


@pytest.mark.long
@pytest.mark.timeout(600)
def test_shards_that_cannot_be_read_are_not_done_at_any_stage(spark: Any, tmp_path: Path) -> None:
    corpus = tiny.corpus(tmp_path / "corpus", images=True)
    settings = tiny.settings_dict(tmp_path, images={"tagger": tiny.TAGGER, "batch_size": 4})
    assert tiny.run_here(spark, settings, ["ingest"]).succeeded
    shards = sorted(corpus.iterdir())
    for shard in shards:
        shard.rename(tmp_path / shard.name)
        # It is there and cannot be opened, as without permission, which tests may always have.
        shard.mkdir()
    tiny.write_shard(corpus / "later.tar", [])
    result = tiny.run_here(spark, settings, ["images", "count"])
    assert not result.succeeded
    [trouble] = result.troubles
    assert trouble.startswith("images, corpus tiny: 3 shards in a row failed for one reason")
    assert "is a directory" in trouble and not Lake(spark, settings["lake"]).rows("shards", stage="count")
    rows = Lake(spark, settings["lake"]).rows("shards", stage="images")
    assert {(row["state"], row["statuses"]["fetch_error"]) for row in rows} == {("failed", 3)}

    for shard in shards:
        shard.rmdir()
        (tmp_path / shard.name).rename(shard)
    assert tiny.run_here(spark, settings, ["images"]).succeeded
    rows = Lake(spark, settings["lake"]).rows("shards", stage="images")
    assert {(row["state"], *row["statuses"].items()) for row in rows} == {("done", ("ok", 3))}
