"""Distinct groups among the samples that hold a concept, against plain loops, however shards are cut into stretches."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting import laid_out, sets
from udfs.counting.arrays import RaggedArray
from udfs.counting.codebooks import Codebook
from udfs.counting.distinct import DISTINCT, Counted, DistinctTask, distinct_pairs, merged
from udfs.counting.found import FOUND, SEARCHED, InPostings
from udfs.counting.groups import InGroups, group_number
from udfs.counting.searches import Searches
from udfs.counting.text_queries import TextQueries
from udfs.postings.inverting import InvertTask, caption_keys, tag_keys
from udfs.statuses import NO_CAPTION, NO_IMAGE, OK

NAMES = ("dog", "cat", "tree")
NUMBERS = {name: (number,) for number, name in enumerate(NAMES)}
SHARDS = ("a.tar", "b.tar", "c.tar")
THRESHOLDS = (0.3, 0.5)
SEARCHES = Searches(len(NAMES), TextQueries(RaggedArray.of([[0], [1], [2]]), len(NAMES)), True, THRESHOLDS)
TERMS = pa.schema(
    [("shard", pa.string()), ("ordinal", pa.int64()), ("status", pa.string()), ("keys", pa.list_(pa.string()))]
)
TAG = pa.struct([("label", pa.string()), ("score", pa.float32())])
TAGS = pa.schema([*list(TERMS)[:3], ("tags", pa.list_(TAG))])
URLS = pa.schema([("shard", pa.string()), ("ordinal", pa.int64()), ("url", pa.string())])

Rows = list[dict[str, Any]]

sample = st.fixed_dictionaries(
    {
        "shard": st.sampled_from(SHARDS),
        "text": st.sampled_from([OK, OK, NO_CAPTION]),
        "keys": st.lists(st.sampled_from([*NAMES, "x"]), max_size=3),
        "image": st.sampled_from([OK, OK, NO_IMAGE]),
        "tags": st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([0.2, 0.4, 0.9])), max_size=3),
        "url": st.sampled_from([None, "", "u", "v", "w", "x"]),
    }
)


def naive(samples: Rows, search: str, threshold: float | None) -> dict[int, Counted]:
    """What holds each concept, sample by sample; a sample without a URL is like no other."""

    def searched(one: dict[str, Any]) -> bool:
        return (search == "image" or one["text"] == OK) and (search == "text" or one["image"] == OK)

    def holds(one: dict[str, Any], name: str) -> bool:
        said, seen = (
            name in one["keys"],
            any(label == name and score > (threshold or 0) for label, score in one["tags"]),
        )
        return {"text": said, "image": seen, "integrated": said and seen}[search]

    usable = [one for one in samples if searched(one)]
    found = {SEARCHED: Counted(len(usable), sum(not one["url"] for one in usable), 0)}
    for number, name in enumerate(NAMES):
        if held := [one for one in usable if holds(one, name)]:
            groups = {one["url"] for one in held if one["url"]}
            found[number] = Counted(len(held), sum(not one["url"] for one in held), len(groups))
    return found


def batches(rows: Rows, schema: pa.Schema, size: int) -> Iterator[pa.RecordBatch]:
    """The rows as record batches of at most `size`."""
    for start in range(0, max(1, len(rows)), size):
        yield pa.RecordBatch.from_pylist(rows[start : start + size], schema)


def found_in(samples: Rows, size: int) -> Iterator[pa.RecordBatch]:
    """FOUND of the samples by the real readers, from postings by the real task."""
    rows = [one | {"tags": [{"label": label, "score": score} for label, score in one["tags"]]} for one in samples]
    words, tags = ([row | {"status": row[half]} for row in rows] for half in ("text", "image"))
    said = InvertTask(caption_keys)(batches(words, TERMS, size))
    seen = InvertTask(tag_keys)(batches(tags, TAGS, size))
    groups = pickle.loads(pickle.dumps(InGroups("url")))(batches(rows, URLS, size))
    return chain(
        InPostings("text", Codebook.of(NUMBERS))(said), InPostings("image", Codebook.of(NUMBERS))(seen), groups
    )


def counted(samples: Rows, search: str, cuts: Sequence[Sequence[str]], size: int) -> dict[Any, Counted]:
    """What the task and the merge count, a stretch for each of `cuts`."""
    task = pickle.loads(pickle.dumps(DistinctTask(search, SEARCHES)))
    rows = []
    for shards in cuts:
        found = list(found_in([one for one in samples if one["shard"] in shards], size))
        assert all(batch.schema == FOUND for batch in found)
        rows += list(task(iter(found)))
    assert all(batch.schema == DISTINCT for batch in rows)
    return merged(rows)


@settings(max_examples=80, deadline=None)
@given(
    samples=st.lists(sample, max_size=14),
    search=st.sampled_from(["text", "image", "integrated"]),
    cuts=st.sampled_from([[SHARDS], [SHARDS[:1], SHARDS[1:]], [[one] for one in reversed(SHARDS)]]),
    size=st.integers(1, 5),
    window=st.sampled_from([1, 3, 1 << 20]),
    part=st.sampled_from([1, 3, 1 << 22]),
)
def test_groups_are_those_of_a_loop(
    samples: Rows, search: str, cuts: Sequence[Sequence[str]], size: int, window: int, part: int
) -> None:
    numbered = [one | {"ordinal": at} for at, one in enumerate(samples)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_out, "WINDOW", window)
        patch.setattr(sets, "PART", part)
        found = counted(numbered, search, cuts, size)
    expected = {
        (threshold, number): one
        for threshold in ([None] if search == "text" else THRESHOLDS)
        for number, one in naive(numbered, search, threshold).items()
    }
    assert found == expected


def test_nothing_is_counted_as_nothing() -> None:
    assert merged([]) == {}
    assert counted([], "text", [SHARDS], 1) == {(None, SEARCHED): Counted(0, 0, 0)}


def test_the_first_of_a_group_may_not_hold_the_concept() -> None:
    image = {"shard": "a.tar", "text": OK, "image": OK, "tags": [], "url": "u"}
    captions = (["cat"], ["dog"], ["dog", "cat"])
    samples = [image | {"ordinal": at, "keys": keys} for at, keys in enumerate(captions)]
    assert counted(samples, "text", [SHARDS], 2)[None, 0] == Counted(2, 0, 1)


def test_a_group_is_known_by_what_it_shares_alone() -> None:
    digest = hashlib.sha256(b"an image").digest()
    assert group_number(digest) == int.from_bytes(digest[:8], "little", signed=True)
    assert group_number("a dog") == -4081912340589182210, "as `b2sum -l 64` says"
    rows = pa.RecordBatch.from_pydict(
        {"shard": ["a"] * 4, "ordinal": [3, 2, 1, 0], "sha256": [digest, None, digest, b"\0" * 32]},
        pa.schema([("shard", pa.string()), ("ordinal", pa.int64()), ("sha256", pa.binary())]),
    )
    (found,) = InGroups("sha256")(iter([rows]))
    assert found.to_pylist() == [
        dict.fromkeys(FOUND.names)
        | {"shard": "a", "kind": "group", "number": 0, "ordinals": [0, 1, 3]}
        | {"groups": [0, group_number(digest), group_number(digest)]}
    ]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 3)), max_size=20))
def test_distinct_pairs_are_a_set(pairs: list[tuple[int, int]]) -> None:
    owners, values = (np.array([pair[at] for pair in pairs], np.int64) for at in (0, 1))
    found = zip(*(array.tolist() for array in distinct_pairs(owners, values)), strict=True)
    assert list(found) == sorted(set(pairs))
