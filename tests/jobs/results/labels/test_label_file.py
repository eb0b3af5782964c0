"""Files of labels: what people save, edit and break."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import SettingsError
from jobs.results.labels.drawn_pairs import LABELS
from jobs.results.labels.label_file import REQUIRED, Label, read_labels

ROW = {
    "corpus": "web",
    "shard": "00.tar",
    "ordinal": "3",
    "sample": "0003",
    "concept": "crane",
    "judged": "image",
    "stratum": "text",
    "pairs": "40",
    "chance": "0.25",
    "score": "",
    "label": "yes",
}


def write(folder: Path, *changes: dict[str, str]) -> str:
    lines = [",".join(ROW)] + [",".join((ROW | one).values()) for one in changes]
    path = folder / "labels.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_the_columns_are_those_that_are_drawn() -> None:
    assert list(ROW) == LABELS.names and set(REQUIRED) <= set(ROW)


def test_labels_are_read_and_empty_ones_wait(tmp_path: Path) -> None:
    file = read_labels(write(tmp_path, {}, {"ordinal": "4", "label": ""}, {"ordinal": "5", "label": "Unsure"}))
    first, second = file.labels
    assert first == Label("web", "00.tar", 3, "crane", "image", "text", 40, 0.25, "yes")
    assert (second.said, file.empty, file.refused) == ("unsure", 1, ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"label": "maybe"}, "the label 'maybe' is none of yes, no, unsure"),
        ({"judged": "sound"}, "'sound' cannot be judged: image or caption"),
        ({"ordinal": "-1"}, "the ordinal is negative"),
        ({"ordinal": ""}, "no ordinal"),
        ({"pairs": "0"}, "no pairs"),
        ({"chance": "0"}, "the chance '0' is not above 0 and at most 1"),
        ({"chance": "nan"}, "the chance 'nan' is not above 0 and at most 1"),
        ({"concept": ""}, "no concept"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    file = read_labels(write(tmp_path, {}, change))
    assert len(file.labels) == 1 and file.refused == (f"labels.csv, line 3: {reason}",)


def test_a_pair_has_one_label(tmp_path: Path) -> None:
    assert len(read_labels(write(tmp_path, {}, {})).labels) == 1
    with pytest.raises(SettingsError, match="'crane' in 00.tar, sample 3, is yes on line 2, and no on line 3"):
        read_labels(write(tmp_path, {}, {"label": "no"}))


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("concept,frequency\ncrane,3\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be read as labels: no column corpus"):
        read_labels(str(path))
