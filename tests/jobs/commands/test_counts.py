"""`counts --since` compares two states of the lake: what grew, shrank, appeared and vanished, and what is gone."""

from __future__ import annotations

import csv
import io
import logging
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny
from deltalake import DeltaTable

from jobs.cli import main
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION, TABLES

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
IMAGES = {"tagger": tiny.TAGGER, "batch_size": 4}
# The kept lake's counts are version 1; then comes a state with other counts, then the kept one again.
OTHER, KEPT = 2, 3


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake after another state: dog 1, then 3; cat 5, then 3; leaf new, an old concept gone."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(tmp_path / "lake")
    lake = Lake(None, str(tmp_path / "lake"))
    counts, lists = (lake.rows(name) for name in ("concept_counts", "concepts"))
    gone = [{**lists[0], "concept": "stamp"}, {**lists[0], "concept": "foreign", "lists": ["elsewhere"]}]
    replace(lake, "concepts", [row for row in lists if row["concept"] != "leaf"] + gone)
    other = {"dog": {"frequency": 1}, "cat": {"frequency": 5}}
    then = [row | other.get(row["concept"], {}) if is_text(row) else row for row in counts]
    [leaf] = [row for row in then if is_text(row) and row["concept"] == "leaf"]
    then = [row for row in then if row["concept"] != "leaf"]
    replace(lake, "concept_counts", then + [{**leaf, "concept": one["concept"], "frequency": 2} for one in gone])
    replace(lake, "concepts", lists)
    replace(lake, "concept_counts", counts)
    return tiny.write_settings(tmp_path, images=IMAGES)


def is_text(row: dict[str, Any]) -> bool:
    return bool(row["search"] == "text" and row["measure"] == "concept")


def replace(lake: Lake, name: str, rows: list[dict[str, Any]]) -> None:
    """One commit with the whole table."""
    columns = {column: [row[column] for row in rows] for column in TABLES[name].column_names}
    lake.replace_arrow(name, {}, pa.table(columns, schema=lake.table(name).schema))


def changes(capsys: pytest.CaptureFixture[str], config: Path, since: object, *more: str) -> list[tuple[str, ...]]:
    assert main(["counts", str(config), "--search", "text", "--since", str(since), *more]) == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    return [tuple(row[name] for name in ("concept", "before", "frequency", "change", "what")) for row in rows]


CHANGED = [
    ("cat", "5", "3", "-2", "shrank"),
    ("dog", "1", "3", "2", "grew"),
    ("stamp", "2", "", "-2", "vanished"),
    ("leaf", "", "1", "1", "appeared"),
]


def test_what_changed_since_a_version(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="jobs.commands.counts"):
        assert changes(capsys, config, OTHER) == CHANGED
    assert "since 2: 4 concepts changed, 5 are the same" in caplog.text
    assert changes(capsys, config, KEPT) == [] == changes(capsys, config, 1)


def test_what_changed_since_a_moment(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    versions = dict(Lake(None, str(config.parent / "lake")).versions("concept_counts"))
    assert changes(capsys, config, versions[OTHER].isoformat()) == CHANGED
    assert changes(capsys, config, (versions[OTHER] - timedelta(milliseconds=1)).isoformat()) == []
    # Without a zone it is UTC.
    assert changes(capsys, config, versions[OTHER].replace(tzinfo=None).isoformat()) == CHANGED


def test_other_options_are_honoured(config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert changes(capsys, config, OTHER, "--list", "words", "--corpus", "tiny") == CHANGED
    output = tmp_path / "changes.parquet"
    assert changes(capsys, config, OTHER, "--format", "parquet", "--output", str(output)) == []
    stored = pq.read_table(output).to_pylist()
    assert [(row["concept"], row["samples"], row["change"]) for row in stored[2:]] == [("stamp", 8, -2), ("leaf", 8, 1)]
    image = ["counts", str(config), "--search", "image", "--since", str(OTHER)]
    assert main([*image, "--threshold", "0.5"]) == 0
    assert main([*image, "--threshold", "0.7"]) == 2
    assert main([*image, "--corpus", "other"]) == 2


def test_counts_under_other_settings_are_not_compared(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    # Version 0 is the empty table.
    assert main(["counts", str(config), "--search", "text", "--since", "0"]) == 1
    assert "nothing can be compared (tiny, text, own: nothing was counted then under these settings)" in caplog.text
    lake = Lake(None, str(config.parent / "lake"))
    rows = lake.rows("concept_counts")
    more = [{**row, "threshold": 0.7} for row in rows if row["search"] == "image"]
    replace(lake, "concept_counts", [*rows, *more])
    caplog.clear()
    assert main(["counts", str(config), "--search", "image", "--since", str(KEPT)]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    assert "left out: tiny, image above 0.7, own: nothing was counted then under these settings" in caplog.text


@pytest.mark.parametrize("since", ["99", "2020-01-01", "2020-01-01T12:00+02:00"])
def test_a_state_that_never_was_says_what_there_is(config: Path, since: str, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["counts", str(config), "--search", "text", "--since", since]) == 1
    asked = {"99": "version 99", "2020-01-01": "2020-01-01 00:00:00 UTC"}.get(since, "2020-01-01 10:00:00 UTC")
    assert f"table concept_counts has nothing that can be read of {asked}; there are versions 0 (2026-" in caplog.text
    assert ") to 3 (20" in caplog.text


def test_a_state_whose_files_or_log_are_gone_says_which_are_left(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    folder = config.parent / "lake" / "concept_counts"
    table = DeltaTable(str(folder))
    assert table.vacuum(0, dry_run=False, enforce_retention_duration=False)
    kept = table.version()
    assert main(["counts", str(config), "--search", "text", "--since", str(OTHER)]) == 1
    assert f"nothing that can be read of version {OTHER}; there are versions {KEPT} (" in caplog.text
    table.create_checkpoint()
    for log in sorted((folder / "_delta_log").glob("*.json"))[:kept]:
        log.unlink()
    caplog.clear()
    assert main(["counts", str(config), "--search", "text", "--since", "1"]) == 1
    assert f"nothing that can be read of version 1; there are versions {kept} (" in caplog.text
    assert changes(capsys, config, kept) == []


@pytest.mark.parametrize("since", ["yesterday", "-1", "2026-13-01"])
def test_what_is_no_state_is_a_usage_error(config: Path, since: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["counts", str(config), "--search", "text", f"--since={since}"])
    assert ended.value.code == 2
    assert f"{since}: expected the number of a version or an ISO date or time" in capsys.readouterr().err
