"""Comparing lakes: every table, in every column but seconds, times, run and attempt."""

from __future__ import annotations

from pathlib import Path

from deltalake import DeltaTable

# What may differ between two runs that came to the same result.
OF_THE_RUN = {"seconds", "finished", "run", "attempt", "created", "fitted", "mlflow_run"}
# Who worked and when: no result.
NO_RESULT = {"leases", "runs", "_staging", "_checkpoints"}


def tables(lake: Path) -> dict[str, list[str]]:
    """Every table of results as sorted rows, each row as text."""
    return {
        folder.name: table_rows(folder)
        for folder in sorted(lake.iterdir())
        if folder.is_dir() and folder.name not in NO_RESULT
    }


def table_rows(folder: Path) -> list[str]:
    """A table's rows without the columns of the run, sorted."""
    table = DeltaTable(str(folder)).to_pyarrow_table()
    kept = table.select([name for name in table.column_names if name not in OF_THE_RUN])
    return sorted(repr(sorted(row.items())) for row in kept.to_pylist(maps_as_pydicts="strict"))


def versions(lake: Path) -> dict[str, int]:
    """The Delta version of every table."""
    return {
        folder.name: DeltaTable(str(folder)).version() for folder in lake.iterdir() if (folder / "_delta_log").is_dir()
    }


def assert_equal(found: Path, expected: Path) -> None:
    """Both lakes hold the same results."""
    left, right = tables(found), tables(expected)
    assert left.keys() == right.keys()
    for name in right:
        only_left, only_right = set(left[name]) - set(right[name]), set(right[name]) - set(left[name])
        assert not only_left and not only_right, f"{name}: {sorted(only_left)[:3]} against {sorted(only_right)[:3]}"
        assert len(left[name]) == len(right[name]), name
