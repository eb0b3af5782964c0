"""`forget`, and what a run says of shards that are gone and of those that repeat them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lakes
import pytest
import tiny

from jobs.cli import main
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.lake.tables import TABLES
from jobs.results.counts.frequencies import frequencies
from jobs.settings.loading import load_settings


def counted(settings: Path) -> dict[str, int | None]:
    checked = load_settings(str(settings))
    rows = frequencies(Context(checked, Lake(None, checked.lake)), checked.corpora[0], "text")
    return {row.concept: row.frequency for row in rows}


def merge(corpus: Path) -> None:
    """The first two shards become one, as a compaction does it."""
    for name in ("00000.tar", "00001.tar"):
        (corpus / name).unlink()
    halves = [tiny.CAPTIONS[number] for number in (0, 1)]
    samples = [
        (f"{number:03}{row:05}", caption, None) for number in (0, 1) for row, caption in enumerate(halves[number])
    ]
    tiny.write_shard(corpus / "merged.tar", samples)


def shards_of(lake: Path) -> dict[str, set[str]]:
    """The shards of which a table has rows."""
    tables = [name for name, table in TABLES.items() if "shard" in table.column_names]
    return {name: {row["shard"] for row in Lake(None, str(lake)).rows(name)} - {"*"} for name in tables}


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_merged_shards_are_counted_once(
    spark: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tiny.corpus(tmp_path / "corpus")
    settings = tiny.write_settings(tmp_path)
    assert main(["run", str(settings)]) == 0
    before = counted(settings)

    size = (corpus / "00000.tar").stat().st_size
    merge(corpus)
    tiny.write_shard(corpus / "new.tar", [("new", "a unicorn", None)])
    assert (corpus / "new.tar").stat().st_size == size, "it is taken for neither, although as large as one"
    assert main(["run", str(settings)]) == 1
    assert "2 shards are no longer listed (00000.tar, 00001.tar); their counts are kept" in caplog.text
    assert "shard merged.tar failed: 6 of 6 samples that were compared repeat shards that are no longer" in caplog.text
    assert "forget CONFIG --vanished" in caplog.text
    assert counted(settings) == {**before, "unicorn": 1}

    assert main(["forget", str(settings), "--vanished", "--dry-run"]) == 0
    assert "2 shards would be forgotten: 00000.tar, 00001.tar" in capsys.readouterr().out
    assert main(["forget", str(settings), "--vanished"]) == 0
    assert "samples 6, caption_terms 6, postings 12, shard_counts" in capsys.readouterr().out
    assert set().union(*shards_of(tmp_path / "lake").values()) == {"00002.tar", "new.tar", "merged.tar"}
    assert counted(settings) | {"dog": 0, "bicycle": 1, "unicorn": 1} == counted(settings), (
        "of the shards that are left"
    )
    assert main(["forget", str(settings), "--vanished"]) == 0
    assert "nothing to forget" in caplog.text
    assert main(["run", str(settings)]) == 0
    assert counted(settings) == {**before, "unicorn": 1}
    fresh = tiny.write_settings(tmp_path, lake=str(tmp_path / "fresh"))
    assert main(["run", str(fresh)]) == 0
    lakes.assert_equal(tmp_path / "lake", tmp_path / "fresh")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "one of the arguments --vanished --shard is required"),
        (["--vanished", "--shard", "a.tar"], "not allowed with argument"),
        (["--vanished", "--corpus", "nobody"], "--corpus nobody: not a corpus of the settings; corpora: tiny"),
    ],
)
def test_what_is_asked_for_must_be_clear(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    tiny.corpus(tmp_path / "corpus")
    arguments = ["forget", str(tiny.write_settings(tmp_path)), *options]
    try:
        assert main(arguments) == 2
    except SystemExit as usage:
        assert usage.code == 2
    assert said in caplog.text + capsys.readouterr().err


def test_nothing_is_taken_for_gone_where_nothing_is_listed(tmp_path: Path) -> None:
    """As of a disk that is not mounted."""
    settings = tiny.write_settings(tmp_path)
    assert main(["forget", str(settings), "--vanished", "--dry-run"]) == 2
