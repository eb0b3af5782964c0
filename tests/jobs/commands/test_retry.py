"""`retry`: shards that hold named statuses are worked through again, and everything that rests on them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.cli import main
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.counts.frequencies import frequencies
from jobs.settings.loading import load_settings


def counted(settings: Path) -> dict[str, int | None]:
    checked = load_settings(str(settings))
    rows = frequencies(Context(checked, Lake(None, checked.lake)), checked.corpora[0], "text")
    return {row.concept: row.frequency for row in rows}


def rewrite_unseen(path: Path, samples: list[tuple[str, str | None, bytes | None]]) -> None:
    """Another content of the same size and time, as of a file system whose first answer was wrong."""
    before = path.stat()
    tiny.write_shard(path, samples)
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_rests_on_a_retried_shard_is_done_again(spark: Any, tmp_path: Path) -> None:
    corpus = tiny.corpus(tmp_path / "corpus", [["a dog and a cat"]])
    tiny.write_shard(corpus / "twice.tar", [("k", "a dog", None), ("j", "a leaf", None), ("k", "a dog", None)])
    settings = tiny.write_settings(tmp_path)
    assert main(["run", str(settings)]) == 0
    assert counted(settings)["dog"] == 2
    rewrite_unseen(corpus / "twice.tar", [("k", "a cat", None), ("j", "a leaf", None), ("k", "a cat", None)])
    assert main(["run", str(settings)]) == 0
    assert counted(settings)["dog"] == 2, "nothing tells a run that the shard has changed"

    assert main(["retry", str(settings), "--status", "duplicate_key,fetch_error"]) == 0
    # Its statuses are what they were: only that it was retried tells the later stages.
    assert counted(settings) | {"dog": 1, "cat": 2, "leaf": 1} == counted(settings)
    attempts = {(row["stage"], row["shard"]): row["run"] for row in Lake(None, str(tmp_path / "lake")).rows("shards")}
    first, again = attempts["ingest", "00000.tar"], attempts["ingest", "twice.tar"]
    assert first != again
    assert {attempts[stage, "00000.tar"] for stage in ("captions", "count")} == {first}, "other shards are left alone"
    assert {attempts[stage, "twice.tar"] for stage in ("captions", "count")} == {again}


def test_an_unknown_status_is_refused_by_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tiny.corpus(tmp_path / "corpus")
    assert main(["retry", str(tiny.write_settings(tmp_path)), "--status", "decode_eror"]) == 2
    assert "decode_eror: not a status" in caplog.text and "decode_error" in caplog.text
