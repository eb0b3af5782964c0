"""Files of frequencies: what is read of them, which rows are left out, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.errors import SettingsError
from jobs.imported.frequency_files import check_frequencies, read_frequency_file
from jobs.imported.frequency_tables import FrequencySheet, TableKey

HEADER = "set,concept,corpus,definition,frequency,search,samples,provenance\n"


def checked(folder: Path, text: str) -> FrequencySheet:
    path = folder / "theirs.csv"
    path.write_text(text)
    return check_frequencies(read_frequency_file(str(path)))


def test_rows_become_tables_by_set_corpus_and_definition(tmp_path: Path) -> None:
    rows = [
        'pets,"boxer, dog",laion400m,names,12,,400,table 3', "pets,pug,laion400m,names,0,,400,table 3",
        "pets,pug,laion400m,names,0,,400,table 3", "pets,pug,laion400m,clean,3,text,,",
        "cub,rook,cc12m,tags,7,image,9,",
    ]  # fmt: skip
    sheet = checked(tmp_path, HEADER + "\n".join(rows) + "\n")
    found = {table.key: table for table in sheet.tables}
    names = found[TableKey("pets", "laion400m", "names")]
    assert (names.frequency, names.samples, names.search) == ({"boxer, dog": 12, "pug": 0}, 400, "text")
    assert names.origin["file"] == "theirs.csv" and names.origin["provenance"] == "table 3"
    assert len(names.origin["sha256"]) == 64
    assert found[TableKey("pets", "laion400m", "clean")].frequency == {"pug": 3}
    assert found[TableKey("cub", "cc12m", "tags")].search == "image"
    assert (len(found), sheet.rows, sheet.repeated, sheet.left_out) == (3, 4, 1, 0)


def test_parquet_says_the_same(tmp_path: Path) -> None:
    columns = {"set": ["pets"] * 3, "concept": ["pug", None, "cat"], "corpus": ["c"] * 3, "definition": ["d"] * 3}
    table = pa.table({**columns, "frequency": [5, 6, -1]})
    pq.write_table(table, tmp_path / "theirs.parquet")
    sheet = check_frequencies(read_frequency_file(str(tmp_path / "theirs.parquet")))
    assert [one.frequency for one in sheet.tables] == [{"pug": 5}]
    assert sheet.faults == ("left out, as no concept: row 2", "left out, as frequency is negative: row 3")


def test_rows_that_say_nothing_usable_are_left_out_by_line(tmp_path: Path) -> None:
    rows = [
        "a,dog,c,d,5,,,", "a,,c,d,5,,,", "a,cat,c,d,many,,,", "a,cat,c,d,1.5,,,", "a,cat,c,d,,,,", "a,cat,c,d,9,,8,",
        "a,cat,c,d,9,audio,,", "a,cat,c,,9,,,", "a,cat,c,d,9,,,,extra", "a,cat",
    ]  # fmt: skip
    sheet = checked(tmp_path, HEADER + "\n".join(rows) + "\n")
    assert [table.frequency for table in sheet.tables] == [{"dog": 5}]
    assert sheet.left_out == 9
    assert sheet.faults == (
        "left out, as no concept: line 3",
        "left out, as frequency is not a whole number: lines 4, 5",
        "left out, as no frequency: line 6",
        "left out, as the frequency is above the samples that were searched: line 7",
        "left out, as the search is none of text, image, integrated: line 8",
        "left out, as no definition: line 9",
        "left out, as has 9 cells, and the header 8: line 10",
        "left out, as no corpus: line 11",
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,dog,c,d,5,,,\na,dog,c,d,6,,,", "a, dog, c, d: 5 on line 2, and 6 on line 3"),
        ("a,dog,c,d,5,text,,\na,cat,c,d,6,image,,", "a, c, d: search is text on line 2, and image on line 3"),
        ("a,dog,c,d,5,,10,\na,cat,c,d,6,,,", "a, c, d: samples is 10 on line 2, and empty on line 3"),
        ("a,dog,c,d,5,,,x\na,cat,c,d,6,,,y", "a, c, d: provenance is x on line 2, and y on line 3"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(SettingsError, match=f"theirs.csv: {said}: nothing was imported"):
        checked(tmp_path, HEADER + rows + "\n")


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "set,concept,corpus,frequency\na,b,c,1\n"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read as frequencies"):
        checked(tmp_path, text)
