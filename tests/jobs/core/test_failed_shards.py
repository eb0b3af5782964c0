"""Failed shards in words: a reason is read once, and many shards with one reason are one line."""

from __future__ import annotations

from jobs.core import failed_shards

GONE = {f"{number:05}.tar": f"cannot be read: no answer for '{number:05}.tar' ({number} rows)" for number in range(38)}
FULL = {"98.tar": "out of memory in process 17", "99.tar": "out of memory in process 4"}


def test_one_shard_is_named_with_its_reason_and_at_the_end_without() -> None:
    one = {"a.tar": "ValueError: a.tar is too much"}
    assert list(failed_shards.lines(one)) == ["shard a.tar failed: ValueError: a.tar is too much"]
    assert failed_shards.closing(one, 3) == "1 of 3 shards failed: a.tar"


def test_many_shards_with_one_reason_are_one_line() -> None:
    first, second = failed_shards.lines({**GONE, **FULL})
    assert first.startswith("38 shards (00000.tar, 00001.tar, ")
    assert first.endswith(" failed: cannot be read: no answer for '00000.tar' (0 rows)")
    assert second == "2 shards (98.tar, 99.tar) failed: out of memory in process 17"


def test_many_shards_are_summed_up_by_kind_of_reason() -> None:
    assert failed_shards.closing({**FULL, **GONE}, 1200) == (
        "40 of 1,200 shards failed: 38 for \"cannot be read: no answer for '00000.tar' (0 rows)\"; "
        '2 for "out of memory in process 17"'
    )
    different = {f"{name}.tar": f"{name} " + "x" * 200 for name in ("ant", "bee", "cat", "dog", "elk")}
    text = failed_shards.closing(different, 5)
    assert text.count('x ..."') == 3 and text.endswith("; 2 for other reasons")


def test_few_shards_repeat_no_reason() -> None:
    assert failed_shards.closing(FULL, 2) == "2 of 2 shards failed: 98.tar, 99.tar"
