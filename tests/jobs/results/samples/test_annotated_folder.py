"""A folder goes on where it was left, for the same question alone, and never lies in a corpus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.errors import SettingsError
from jobs.results.samples.annotated_folder import RECORD, begin, output_root, remove_unfinished
from udfs.shards.whole_files import UNFINISHED, written_whole

ASKED = {"search": "image", "threshold": 0.5}
CONTENTS = {"a.tar": "1", "b/c.tar": "2"}


def write(root: Path, *shards: str) -> None:
    for shard in shards:
        with written_whole(str(root), shard) as file:
            file.write(shard.encode())


def test_shards_that_are_there_hold_until_their_content_changes(tmp_path: Path) -> None:
    root = tmp_path / "out"
    assert begin(str(root), ASKED, CONTENTS) == set()
    write(root, *CONTENTS)
    (root / UNFINISHED / "left").write_bytes(b"by a task that was killed")
    assert begin(str(root), ASKED, CONTENTS) == set(CONTENTS)
    assert begin(str(root), ASKED, {"a.tar": "9", "d.tar": "4"}) == set()
    assert sorted(path.name for path in root.rglob("*") if path.is_file()) == [RECORD]
    remove_unfinished(str(root))
    assert not (root / UNFINISHED).exists()
    assert json.loads((root / RECORD).read_text()) == {"asked": ASKED, "contents": {"a.tar": "9", "d.tar": "4"}}


def test_another_question_or_other_files_are_refused(tmp_path: Path) -> None:
    begin(str(tmp_path / "out"), ASKED, CONTENTS)
    with pytest.raises(SettingsError, match=r"answers another question \(threshold was 0.5, now 0.7\)"):
        begin(str(tmp_path / "out"), {**ASKED, "threshold": 0.7}, CONTENTS)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(SettingsError, match="is not empty, and has no annotated.json"):
        begin(str(tmp_path / "mine"), ASKED, CONTENTS)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("output", ["", "corpora", "corpora/wds/below", "corpora/wds/../wds", "link"])
def test_no_corpus_is_written_into(tmp_path: Path, output: str) -> None:
    (tmp_path / "corpora" / "wds").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "corpora")
    roots = {"corpora": str(tmp_path / "corpora"), "wds": str(tmp_path / "corpora" / "wds")}
    with pytest.raises(SettingsError, match="lie one in the other: name another folder"):
        output_root(str(tmp_path / output), "corpora" if output == "" else "wds", roots)
    beside = output_root(str(tmp_path / "out"), "wds", roots)
    assert beside == str(tmp_path / "out" / "wds")


def test_a_store_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SettingsError, match="--output ftp://host/x: cannot read"):
        output_root("ftp://host/x", "wds", {"wds": "/data/wds"})
    bucket = "s3://region=us-east-1@bucket"
    assert output_root(f"{bucket}/x", "wds", {"wds": "/bucket/x/wds"}) == f"{bucket}/x/wds"
    with pytest.raises(SettingsError, match="lie one in the other"):
        output_root(f"{bucket}/x", "wds", {"wds": f"{bucket}/x/wds"})


def test_a_file_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, "a.tar")
    with pytest.raises(RuntimeError), written_whole(str(tmp_path), "a.tar") as file:
        file.write(b"half")
        raise RuntimeError("killed")
    assert (tmp_path / "a.tar").read_bytes() == b"a.tar" and not list((tmp_path / UNFINISHED).iterdir())
