from __future__ import annotations

import pytest

from udfs.shards.hidden import is_hidden_image, is_hidden_member, is_hidden_shard


@pytest.mark.parametrize(
    ("name", "shard", "image", "member"),
    [
        ("a.tar", False, False, False),
        ("._a.JPG", True, True, True),
        (".hidden", True, True, True),
        ("__meta__.jpg", True, True, True),
        ("__aB3x.jpg", True, False, False),
        ("_MG_0001.jpg", True, False, False),
        ("x__.jpg", False, False, False),
        ("_cat/a.png", True, True, False),
        (".cat/a.png", True, True, False),  # ./a.jpg is what `tar c .` calls a file
        ("./a.jpg", True, True, False),
        ("a/b/../c.jpg", True, True, False),
        ("__meta__/a.json", True, True, True),
        ("dog/._a.jpg", True, True, True),
        ("_delta_log/0.parquet", True, True, False),
    ],
)
def test_one_rule(name: str, shard: bool, image: bool, member: bool) -> None:
    assert (is_hidden_shard(name), is_hidden_image(name), is_hidden_member(name)) == (shard, image, member)
