"""Breakdowns by an attribute against plain loops over samples."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting import laid_out
from udfs.counting.breakdowns import BROKEN_DOWN, BreakdownTask
from udfs.counting.codebooks import Codebook
from udfs.counting.found import FOUND, InPostings, in_attributes
from udfs.counting.searches import Searches
from udfs.counting.text_queries import number_terms
from udfs.postings.inverting import InvertTask, Keys, caption_keys, tag_keys
from udfs.schemas import FEATURES, TERMS
from udfs.text.queries import Query
from udfs.text.query_columns import as_columns

CONCEPTS = ("dog", "hot dog", "never", "seen")
QUERIES = (
    Query("dog", (("dog",),), None),
    Query("hot dog", (("hot",), ("dog",)), None),
    Query("never", (("never",),), None),
    Query("seen", (), None),
)
LABELS = {"dog": (0,), "hot dog": (1,), "frankfurter": (1,), "seen": (3,)}
THRESHOLDS = (0.3, 0.5)

Rows = list[dict[str, Any]]

SAMPLES = st.lists(
    st.fixed_dictionaries(
        {
            "shard": st.sampled_from(["a", "b", "c"]),
            "text": st.sampled_from(["ok", "ok", "no_caption"]),
            "image": st.sampled_from(["ok", "ok", "no_image"]),
            "keys": st.lists(st.sampled_from(["dog", "hot", "cat"]), max_size=3),
            "tags": st.lists(
                st.tuples(st.sampled_from([*LABELS, "cat"]), st.sampled_from([0.2, 0.4, 0.9])), max_size=3
            ),
            "value": st.sampled_from(["en", "de", "unknown"]),
        }
    ),
    max_size=25,
)


def found(samples: Rows) -> Iterator[pa.RecordBatch]:
    """What an executor finds of the samples in postings."""
    text = [{**one, "ordinal": at, "status": one["text"]} for at, one in enumerate(samples)]
    image = [{**one, "ordinal": at, "status": one["image"]} for at, one in enumerate(samples)]
    for one in image:
        one["tags"] = [{"label": label, "score": score} for label, score in one["tags"]]
    every = [{**one, "ordinal": at, "status": "ok"} for at, one in enumerate(samples)]
    (_, keys), shard = (
        number_terms(as_columns(QUERIES)),
        [("shard", pa.string()), ("ordinal", pa.int64()), ("status", pa.string())],
    )

    def batch(rows: Rows, *more: Any) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist(rows, pa.schema([*shard, *more]))

    yield from InPostings("text", keys)(InvertTask(caption_keys)(batch(text, TERMS.field("keys"))))
    yield from InPostings("image", Codebook.of(LABELS))(InvertTask(tag_keys)(batch(image, FEATURES.field("tags"))))
    yield from in_attributes(InvertTask(values)(batch(every, ("value", pa.string()))))


def values(batch: pa.RecordBatch) -> Keys:
    import numpy as np

    return Keys(np.arange(batch.num_rows), batch["value"], None)


def broken_down(samples: Rows, search: str) -> dict[tuple[Any, ...], int]:
    queries, _ = number_terms(as_columns(QUERIES))
    task = BreakdownTask(search, CONCEPTS, Searches(len(CONCEPTS), queries, True, THRESHOLDS))
    sums: Counter[tuple[Any, ...]] = Counter()
    for batch in pickle.loads(pickle.dumps(task))(found(samples)):
        assert batch.schema == BROKEN_DOWN
        for row in batch.to_pylist():
            assert row["search"] == search and row["samples"] > 0
            sums[row["threshold"], row["concept"], row["key"]] += row["samples"]
    return dict(sums)


def naive(samples: Rows, search: str) -> dict[tuple[Any, ...], int]:
    """The definition, sample by sample."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for one in samples:
        said = {"dog", *(["hot dog"] if "hot" in one["keys"] else [])} if "dog" in one["keys"] else set()
        for threshold in (None,) if search == "text" else THRESHOLDS:
            above = [label for label, score in one["tags"] if threshold is not None and score > threshold]
            seen = {CONCEPTS[number] for label in above for number in LABELS.get(label, ())}
            usable = {"text": one["text"] == "ok", "image": one["image"] == "ok"}
            usable["integrated"] = usable["text"] and usable["image"]
            if usable[search]:
                held = {"text": said, "image": seen, "integrated": said & seen}[search]
                counts.update((threshold, concept, one["value"]) for concept in [None, *held])
    return dict(counts)


@settings(deadline=None)
@given(SAMPLES, st.sampled_from(["text", "image", "integrated"]), st.sampled_from([2, 1 << 20]))
def test_it_equals_plain_loops(samples: Rows, search: str, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_out, "WINDOW", window)
        assert broken_down(samples, search) == naive(samples, search)


def test_a_sample_without_a_value_is_refused() -> None:
    one = {"shard": "a", "text": "ok", "image": "ok", "keys": ["dog"], "tags": [], "value": "en"}
    others = [batch for batch in found([one, one]) if "attribute" not in batch["kind"].to_pylist()]
    values_of_one = [batch for batch in found([one]) if "attribute" in batch["kind"].to_pylist()]
    task = BreakdownTask("text", CONCEPTS, Searches(len(CONCEPTS), number_terms(as_columns(QUERIES))[0]))
    with pytest.raises(ValueError, match="index the attribute again"):
        list(task(iter([*others, *values_of_one])))


def test_nothing_in_nothing_out() -> None:
    assert broken_down([], "integrated") == {}
    assert pa.Table.from_batches([], FOUND).num_rows == 0
