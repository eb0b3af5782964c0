"""The noun task: statuses, lists, seconds, and that every row that goes in comes out."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest

from udfs.schemas import TERMS
from udfs.text.engines import DifferentNouns, load_engine
from udfs.text.nouns import find_nouns
from udfs.text.task import NounTask

TASK = NounTask("en_core_web_sm", 100)


def batch(captions: list[str | None], shards: list[str] | None = None) -> pa.RecordBatch:
    count = len(captions)
    return pa.RecordBatch.from_pydict(
        {
            "url": [None] * count,
            "caption": pa.array(captions, pa.string()),
            "shard": shards or ["a.tar"] * count,
            "sample": [f"{i:05}" for i in range(count)],
            "ordinal": list(range(count)),
        }
    )


def rows(task: NounTask, *batches: pa.RecordBatch) -> list[dict[str, Any]]:
    return [row for out in task(iter(batches)) for row in out.to_pylist()]


def test_statuses_and_lists() -> None:
    out = rows(TASK, batch(["a dog and cats", None, "", " \n\t", "dog " * 50, "of the", "dog\x00 😀"]))
    assert [row["status"] for row in out] == [
        "ok", "no_caption", "empty_caption", "empty_caption", "caption_cut", "ok", "ok",
    ]  # fmt: skip
    assert (out[0]["keys"], out[0]["positions"]) == (["dog", "cat"], [1, 3])
    assert out[1]["keys"] is None and out[1]["positions"] is None
    assert out[2]["keys"] == [] and out[3]["positions"] == []
    assert set(out[4]["keys"]) == {"dog"} and len(out[4]["keys"]) <= 25
    assert out[4]["detail"] == "200 characters, the first 100 searched"
    assert out[5]["keys"] == []
    assert out[0]["detail"] is None


@pytest.mark.parametrize("index", ["words", "tokens", "text"])
def test_other_indexes_have_the_same_statuses_in_the_same_columns(index: Any) -> None:
    texts = ["a red dog and 2 cats", None, "", " \n\t", "dog " * 50, "!!", "dog\x00 \ufffd 😀"]
    out = rows(NounTask("en_core_web_sm", 100, index), batch(texts))
    nouns = rows(TASK, batch(texts))
    assert [(row["status"], row["detail"]) for row in out] == [(row["status"], row["detail"]) for row in nouns]
    assert out[1]["keys"] is None and out[1]["positions"] is None
    assert all(out[i]["keys"] == [] and out[i]["positions"] == [] for i in (2, 3))
    assert all(len(row["keys"]) == len(row["positions"]) for row in out if row["keys"] is not None)
    assert (
        out[0]["keys"]
        == {
            "words": ["red", "dog", "cat"],
            "tokens": ["a", "red", "dog", "and", "2", "cats"],
            "text": [" a red dog and 2 cats "],
        }[index]
    )
    assert out[0]["positions"] == {"words": [1, 2, 5], "tokens": [0, 1, 2, 3, 4, 5], "text": [0]}[index]


@pytest.mark.parametrize("index", ["nouns", "words", "tokens", "text"])
def test_a_megabyte_is_cut(index: Any) -> None:
    (row,) = rows(NounTask("en_core_web_sm", 100, index), batch(["dog " * 300_000]))
    assert row["status"] == "caption_cut" and max(row["positions"]) < 26
    assert sum(map(len, row["keys"])) <= 102


def test_the_seconds_of_each_shard_are_on_its_first_row() -> None:
    out = rows(TASK, batch(["a dog"] * 6, ["a", "b", "a", "b", "b", "c"]))
    assert [row["seconds"] is not None for row in out] == [True, True, False, False, False, True]
    first = {row["shard"]: dict(row["seconds"])["nouns"] for row in out if row["seconds"]}
    assert first["b"] == pytest.approx(1.5 * first["a"], rel=1e-3) and first["c"] > 0


def test_batches_keep_schema_order_and_count(captions: list[str], pipeline: Any) -> None:
    many: list[str | None] = [captions[i % 300][:25] for i in range(4_300)]
    many[4_095] = many[4_096] = None
    out = list(TASK(iter([batch(many), batch([]), batch(["a dog"])])))
    assert [b.num_rows for b in out] == [4_096, 204, 1]
    assert all(b.schema == TERMS for b in out)
    table = pa.Table.from_batches(out[:2])
    assert table["sample"].to_pylist() == [f"{i:05}" for i in range(4_300)]
    direct = find_nouns([text for text in many if text], pipeline)
    expected = [None if text is None else list(next(direct).keys) if text.strip() else [] for text in many]
    assert table["keys"].to_pylist() == expected


def test_the_same_caption_has_the_same_nouns_in_any_batch(captions: list[str]) -> None:
    texts: list[str | None] = list(captions[:200])
    together = [row["keys"] for row in rows(TASK, batch(texts))]
    apart = [row["keys"] for row in rows(TASK, *[batch(texts[i : i + 7]) for i in range(0, 200, 7)])]
    assert together == apart


def test_both_engines_fill_the_same_rows(captions: list[str]) -> None:
    texts: list[str | None] = [*captions[900:1_000], None, "", "dog " * 50]
    fast, spacy = (rows(NounTask("en_core_web_sm", 100, engine=name), batch(texts)) for name in ("fast", "spacy"))
    for row in [*fast, *spacy]:
        del row["seconds"]
    assert fast == spacy


def test_a_difference_of_the_engines_ends_the_task_with_the_caption(monkeypatch: pytest.MonkeyPatch) -> None:
    task = NounTask(engine="fast", check_share=1.0)
    rows(task, batch(["a dog"]))
    engine: Any = load_engine("en_core_web_sm", "fast", 1.0)
    monkeypatch.setattr(engine._fast, "_is_noun", engine._fast._is_noun & False)
    with pytest.raises(DifferentNouns, match="the caption 'two cats': no nouns and cat at 1"):
        rows(task, batch(["two cats"]))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(KeyError, match="caption"):
        rows(TASK, pa.RecordBatch.from_pydict({"shard": ["a"], "sample": ["b"], "ordinal": [0]}))


@pytest.mark.parametrize("length", [0, -1, 1_000_001])
def test_a_length_that_spacy_refuses_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="max_characters"):
        NounTask("en_core_web_sm", length)


def test_the_task_travels_and_needs_no_spark() -> None:
    assert pickle.loads(pickle.dumps(TASK)) == TASK
    code = "import sys, udfs.text.task, udfs.counting.matching; print({'pyspark', 'spacy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
