"""Rows of chosen keys from Parquet files: equal to a plain filter, and only from groups that may have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.stored_files import read_rows

KEYS = [None, "", "a", "ant", "\u00e9", "z", "\U0001f600"]
keys = st.sampled_from(KEYS)


def written(folder: Path, values: list[str | None], **options: Any) -> str:
    """A file with a row for each key, three to a group."""
    path = folder / "rows.parquet"
    table = pa.table({"number": range(len(values)), "key": pa.array(values, pa.string())})
    pq.write_table(table, path, row_group_size=3, **options)
    return str(path)


def read(file: str, wanted: list[str | None]) -> list[dict[str, Any]]:
    """The rows of these keys."""
    batches = read_rows(file, ("number", "key"), wanted)
    return [row for batch in batches for row in batch.to_pylist()]


@settings(deadline=None)
@given(st.lists(keys, min_size=1, max_size=20), st.lists(keys, max_size=4), st.booleans(), st.booleans())
def test_rows_of_chosen_keys(
    tmp_path_factory: Any, values: list[str | None], wanted: list[str | None], ordered: bool, statistics: bool
) -> None:
    if ordered:
        values.sort(key=lambda key: (key is not None, key))
    file = written(tmp_path_factory.mktemp("rows"), values, write_statistics=statistics)
    expected = [{"number": number, "key": key} for number, key in enumerate(values) if key in wanted]
    assert read(file, wanted) == expected


def test_groups_without_them_are_not_read(tmp_path: Path) -> None:
    """The data of the first and the last group are spoilt, which whoever reads them finds out."""
    file = written(tmp_path, [None, "a", "b", "c", "d", "e", "f", "g", "h"], compression="gzip")
    footer = pq.read_metadata(file)
    data = bytearray(Path(file).read_bytes())
    for number in (0, 2):
        for column in range(2):
            chunk = footer.row_group(number).column(column)
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            data[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    Path(file).write_bytes(data)
    assert read(file, ["d", "dd"]) == [{"number": 4, "key": "d"}]
    with pytest.raises(OSError):
        read(file, ["d", None])
    with pytest.raises(OSError):
        read(file, ["d", "g"])


def with_shards(path: Path, shards: list[str]) -> str:
    """A file with a row for each shard, three to a group."""
    pq.write_table(pa.table({"number": range(len(shards)), "shard": shards}), path, row_group_size=3)
    return str(path)


names = st.text(st.sampled_from(["a", "\u00e9", "\uffff", "\U0001f600"]), max_size=3)


@settings(deadline=None)
@given(st.lists(names, min_size=1, max_size=20), names, names)
def test_no_row_of_a_wanted_shard_is_left_out(tmp_path_factory: Any, shards: list[str], one: str, other: str) -> None:
    file = with_shards(tmp_path_factory.mktemp("rows") / "rows.parquet", shards)
    first, last = sorted((one, other))
    rows = [row for batch in read_rows(file, ("number", "shard"), shards=(first, last)) for row in batch.to_pylist()]
    assert rows == sorted(rows, key=lambda row: row["number"])
    wanted = [number for number, shard in enumerate(shards) if first <= shard <= last]
    assert [row["number"] for row in rows if first <= row["shard"] <= last] == wanted


def test_groups_without_wanted_shards_are_not_read(tmp_path: Path) -> None:
    file = with_shards(tmp_path / "rows.parquet", list("abcdefghi"))
    batches = list(read_rows(file, ("number",), shards=("d", "e")))
    assert [row["number"] for batch in batches for row in batch.to_pylist()] == [3, 4, 5]
