"""Shards may be named in Spark's spelling, too."""

from __future__ import annotations

import pytest

from udfs.shards.schemes import for_arrow
from udfs.shards.uris import filesystem_and_path


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3a://b/x", "s3://b/x"),
        ("s3n://b/x?region=eu-west-1", "s3://b/x?region=eu-west-1"),
        ("abfss://c@a.dfs.core.windows.net/x", "abfss://c@a.dfs.core.windows.net/x"),
        ("dbfs:/shards/x", "/dbfs/shards/x"),
        ("dbfs:///shards/x", "/dbfs/shards/x"),
        ("dbfs:/Volumes/c/s/v", "/Volumes/c/s/v"),
        ("/data/s3a://x", "/data/s3a://x"),
        ("relative/x", "relative/x"),
        ("ftp://x/y", "ftp://x/y"),
    ],
)
def test_what_arrow_opens(uri: str, expected: str) -> None:
    assert for_arrow(uri) == expected


def test_a_bucket_is_one_in_both_spellings() -> None:
    region = "?region=eu-west-1"
    (left, one), (right, other) = (filesystem_and_path(f"{scheme}://b/x%20y{region}") for scheme in ("s3", "s3a"))
    assert one == other == "b/x y" and left.equals(right)
