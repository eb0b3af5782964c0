"""Files of scores: what is read of them, which rows are left out, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.errors import SettingsError
from jobs.imported.row_files import shown_numbers
from jobs.imported.score_files import read_score_file
from jobs.imported.scores import MetricMeaning, ScoreSheet, check_scores

HEADER = "set,concept,model,metric,value,samples,higher_is_better\n"


def checked(folder: Path, text: str | bytes) -> ScoreSheet:
    path = folder / "scores.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return check_scores(read_score_file(str(path)))


def test_rows_become_values_and_metrics_have_a_meaning(tmp_path: Path) -> None:
    scores = checked(
        tmp_path,
        b"\xef\xbb\xbf"
        + HEADER.encode()
        + b'a,dog,m,clip,31.5,10,\na,"a, b",m,clip,30,,true\n\na,dog,m,error,0.25,4,no\n'
        b"b,dog,m,rating,1,,\n",
    )
    assert scores.values == {
        ("a", "clip"): {("m", "dog"): (31.5, 10), ("m", "a, b"): (30.0, None)},
        ("a", "error"): {("m", "dog"): (0.25, 4)},
        ("b", "rating"): {("m", "dog"): (1.0, None)},
    }
    assert scores.metrics == {
        "clip": MetricMeaning("score", True),
        "error": MetricMeaning("share", False),
        "rating": MetricMeaning("share", True),
    }
    assert (scores.rows, scores.left_out) == (4, 0)


def test_rows_that_say_nothing_usable_are_left_out_by_line(tmp_path: Path) -> None:
    rows = [
        "a,dog,m,acc,0.5,3,", "a,,m,acc,0.5,3,", "a,cat,m,acc,high,3,", "a,cat,m,acc,nan,3,", "a,cat,m,acc,,3,",
        "a,cat,m,acc,0.5,-1,", "a,cat,m,acc,0.5,1.5,", "a,cat,m,acc,0.5,3,perhaps", "a,cat,m,acc,0.5,3,,extra",
        "a,cat,m", "a,cat,,acc,1,3,", "a,dog,m,acc,0.5,3.0,",
    ]  # fmt: skip
    scores = checked(tmp_path, HEADER + "\n".join(rows) + "\n")
    assert scores.values == {("a", "acc"): {("m", "dog"): (0.5, 3)}} and scores.repeated == 1
    assert scores.faults == {
        "no concept": [3],
        "the value is not a number": [4, 5, 6],
        "samples is negative": [7],
        "samples is not a whole number": [8],
        "higher_is_better is neither true nor false": [9],
        "has 8 cells, and the header 7": [10],
        "no metric": [11],
        "no model": [12],
    }


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,dog,m,acc,0.5,3,\na,dog,m,acc,0.6,3,", "a, dog, m, acc: 0.5 over 3 samples on line 2, and 0.6 over 3"),
        ("a,dog,m,acc,0.5,3,\na,dog,m,acc,0.5,4,", "0.5 over 3 samples on line 2, and 0.5 over 4 samples on line 3"),
        ("a,dog,m,acc,0.5,3,true\nb,cat,n,acc,0.6,3,false", "higher_is_better is True on line 2, and False on line 3"),
        ('a,"dog,m,acc,0.5,3,', "scores.csv: cannot be read: unexpected end of data"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        checked(tmp_path, HEADER + rows + "\n")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"a,b\n1,2\n", "no column set, concept, model, metric, value; its columns are 'a', 'b'"),
        (HEADER.replace("samples", "value").encode(), "column value is there twice"),
        (b"PAR1 and nothing more", "cannot be read as scores"),
        (b"\xff\xfe\x00", "cannot be read as scores"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(SettingsError, match="scores.csv") as refused:
        checked(tmp_path, data)
    assert said in str(refused.value)
    with pytest.raises(SettingsError, match="cannot be read as scores"):
        read_score_file(str(tmp_path / "none.csv"))


def test_a_unit_is_taken_at_its_word(tmp_path: Path) -> None:
    header = "set,concept,model,metric,value,unit\n"
    scores = checked(tmp_path, header + "a,dog,m,acc,0.5,percent\na,cat,m,acc,0.4,percent\na,dog,m,fid,0.5,score\n")
    assert {name: one.unit for name, one in scores.metrics.items()} == {"acc": "percent", "fid": "score"}
    with pytest.raises(SettingsError, match=r"metric acc: values from 0.5 to 1.5 are no share"):
        checked(tmp_path, header + "a,dog,m,acc,0.5,share\na,cat,m,acc,1.5,share\n")


def test_parquet_is_read_as_csv_is(tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    columns = {
        "model": ["m", "m", None], "set": ["a"] * 3, "concept": ["dog", "cat", "cat"], "metric": ["acc"] * 3,
        "value": [1, None, 0], "samples": [5, 5, 5], "higher_is_better": [False, False, False], "note": ["x"] * 3,
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)
    file = read_score_file(str(path))
    scores = check_scores(file)
    assert scores.values == {("a", "acc"): {("m", "dog"): (1.0, 5)}}
    assert scores.metrics == {"acc": MetricMeaning("share", False)}
    assert scores.faults == {"the value is not a number": [2], "no model": [3]}
    assert (file.name, file.unread, file.counted_in) == ("scores.parquet", ["note"], "row")


def test_numbers_in_words() -> None:
    assert shown_numbers("line", [3]) == "line 3"
    assert shown_numbers("row", list(range(1, 9))) == "rows 1, 2, 3, 4, 5 and 3 more"
