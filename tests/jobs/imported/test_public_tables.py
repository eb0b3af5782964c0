"""The public tables of frequencies, from clones in their layouts; real clones are read if the machine has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from foreign_tables import COMMIT, commit, one_class, real_clone, write_parashar, write_wen

from jobs.errors import SettingsError
from jobs.imported.git_commit import commit_of
from jobs.imported.public_tables import read_clone


def test_wen(tmp_path: Path) -> None:
    files = {
        "metaclip_400m_pets": {"boxer": 4, "Egyptian Mau": 0},
        "metaclip_400m_pets_ori": {"Egyptian Mau": 0, "boxer": 4},
        "laion2b_dtd_ori": {"dotted": 7},
        "laionet_thresh0.7_ori": {"dog": 1},
    }
    clone = write_wen(tmp_path / "clone", files)
    commit(clone)
    path = clone / "metadata" / "freqs" / "class_frequency_metaclip_400m_pets.txt"
    path.write_text(path.read_text() + "boxer\t9\nno count\npug\tmany\n")
    sheet = read_clone(clone)
    assert {table.key: table.frequency for table in sheet.tables} == {
        ("pets", "metaclip_400m", "wen"): {"boxer": 4, "Egyptian Mau": 0},
        ("dtd", "laion2b", "wen"): {"dotted": 7},
    }
    origin = next(table.origin for table in sheet.tables if table.key.set == "pets")
    assert origin["file"] == "metadata/freqs/class_frequency_metaclip_400m_pets.txt"
    assert (origin["repository"], origin["commit"]) == ("CVMI-Lab/clip-beyond-tail", COMMIT)
    assert sheet.left_out == 3
    assert "the class is there already, and the first line is kept: line 3" in " ".join(sheet.faults)
    assert "1 files of other corpora than cc12m" in sheet.faults[-1]


def test_parashar(tmp_path: Path) -> None:
    classes = [
        one_class("boxer", 12, 5, boxer=9, german_boxer=4),
        one_class("missile", 7, 3, missile=7),
        one_class("missile", 7, 4, missile=7),
        {"name": "pug", "alternates": {"pug": -1}, "actual_freq": 2},
    ]
    clone = write_parashar(
        tmp_path / "clone",
        {"oxford_pets/metrics-LAION2B.json": classes, "cars/metrics-LAION2B-coarse.json": classes},
    )
    (clone / "analysis" / "laion" / "oxford_pets" / "metrics-LAION400M.json").write_text("[1]")
    sheet = read_clone(clone)
    assert {table.key: table.frequency for table in sheet.tables} == {
        ("oxford_pets", "LAION2B", "parashar-union"): {"boxer": 12, "missile": 7, "pug": 2},
        ("oxford_pets", "LAION2B", "parashar-relevant"): {"boxer": 5},
        ("oxford_pets", "LAION2B", "parashar-synonym"): {"boxer": 9, "german boxer": 4, "missile": 7},
    }
    assert {table.origin["commit"] for table in sheet.tables} == {None}
    said = " ".join(sheet.faults)
    assert "relevant_total: two classes of this name have other counts (1): 'missile'" in said
    assert "relevant_total: null (1): 'pug'" in said and "alternates: negative (1): 'pug'" in said
    assert "metrics-LAION400M.json: not read, as an object of classes is expected" in said
    assert "metrics-LAION2B-coarse.json: not read" in said


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no clone of a known table of frequencies: looked for metadata/freqs"):
        read_clone(tmp_path)


def test_the_commit_of_a_clone(tmp_path: Path) -> None:
    (tmp_path / "loose" / "below").mkdir(parents=True)
    commit(tmp_path / "loose")
    (tmp_path / "packed").mkdir()
    commit(tmp_path / "packed", packed=True)
    assert commit_of(tmp_path / "loose" / "below") == commit_of(tmp_path / "packed") == COMMIT
    (tmp_path / "loose" / ".git" / "HEAD").write_text(f"{COMMIT[::-1]}\n")
    assert commit_of(tmp_path / "loose") == COMMIT[::-1]
    (tmp_path / "loose" / ".git" / "HEAD").write_text("ref: refs/heads/unborn\n")
    assert commit_of(tmp_path / "loose") is None


@pytest.mark.long
def test_the_real_tables(shared: Path) -> None:
    wen = {table.key: table for table in read_clone(real_clone(shared, "clip-beyond-tail")).tables}
    assert len(wen) == 48 and sum(len(table.frequency) for table in wen.values()) == 6 * 1862
    parashar = {table.key: table for table in read_clone(real_clone(shared, "NeglectedTailsVLM")).tables}
    union, relevant = (
        parashar["imagenet_1k", "LAION400M", f"parashar-{name}"].frequency
        for name in ("union", "relevant")  # type: ignore[index]
    )
    assert union.keys() == relevant.keys() and all(relevant[name] <= union[name] for name in union)
    assert (relevant["badger"], union["badger"]) == (25, 9389)
