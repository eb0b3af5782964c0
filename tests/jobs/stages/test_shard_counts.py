"""Counts of a wave: the same whoever reads the stored rows, and nothing but integers on the way between executors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.concepts import of_run, stored_queries
from jobs.concepts.questions import questions
from jobs.core import stretches
from jobs.core.context import Context
from jobs.core.waves import Plan
from jobs.core.written import Written
from jobs.errors import StageFailed
from jobs.lake.lake import Lake
from jobs.results.counts.frequencies import frequencies
from jobs.settings.settings import Settings
from jobs.stages import count, index
from udfs.counting.per_shard import COUNTS
from udfs.schemas import POSTINGS
from udfs.text.modes import Mode
from udfs.text.queries import Query
from udfs.text.query_columns import as_columns


def counting(spark: Any, settings: dict[str, Any]) -> tuple[Context, Plan]:
    """The plan of the stage over a lake that is counted already."""
    checked = Settings.model_validate(settings)
    context = Context(checked, Lake(spark, checked.lake))
    return context, count.plan(context, checked.corpora[0])


def shown(frame: Any, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Where the frame's plan moves rows."""
    capsys.readouterr()
    frame.explain()
    return [line for line in capsys.readouterr().out.splitlines() if "Exchange" in line and "Broadcast" not in line]


@pytest.mark.parametrize("match", ["strict", "phrase", "substring"])
def test_spark_and_executors_read_the_same_rows(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], match: str
) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path, captions={"match": match})
    tiny.run_here(spark, settings)
    context, plan = counting(spark, settings)
    # Some of the shards, so that files hold rows of others.
    wave = plan.planned[1:]
    stored = context.lake.read("shard_counts").where("shard <> '00000.tar'")
    expected = sorted(map(str, stored.select(COUNTS.names).toArrow().to_pylist()))
    assert len(expected) == len(wave) > 1
    # One stretch, and a stretch for each shard: names of files move, or what Spark found in rows.
    for samples, moves in ((500_000, 0), (1, 1)):
        monkeypatch.setattr(stretches, "SAMPLES", samples)
        for by_files in (True, False):
            with monkeypatch.context() as patch:
                if not by_files:
                    patch.setattr(Lake, "opens_files", lambda self, name: False)
                frame = plan.build(wave)
                assert len(shown(frame, capsys)) == moves
                assert sorted(map(str, frame.select(COUNTS.names).toArrow().to_pylist())) == expected


def test_postings_are_the_same_whoever_reads_the_terms(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.corpus(tmp_path / "corpus", images=True)
    tagger = {**tiny.TAGGER, "floor": 0.001, "threshold": 0.01}
    settings = tiny.settings_dict(tmp_path, images={"tagger": tagger, "batch_size": 4})
    tiny.run_here(spark, settings)
    checked = Settings.model_validate(settings)
    context = Context(checked, Lake(spark, checked.lake))
    plan = index.plan(context, checked.corpora[0])
    columns = [*POSTINGS.names, "spec"]
    stored = context.lake.read("postings").where("shard <> '00000.tar'").select(columns)
    expected = sorted(map(str, stored.toArrow().to_pylist()))
    assert "'scores': [0." in str(expected) and "'key': 'dog'" in str(expected)
    for samples in (500_000, 1):
        monkeypatch.setattr(stretches, "SAMPLES", samples)
        for by_files in (True, False):
            with monkeypatch.context() as patch:
                if not by_files:
                    patch.setattr(Lake, "opens_files", lambda self, name: False)
                found = plan.build(plan.planned[1:]).select(columns).toArrow().to_pylist()
                assert sorted(map(str, found)) == expected


@pytest.mark.parametrize("under", ["every threshold", "the first", "the last"])
def test_a_wave_that_lost_a_sample_stays_out_of_the_ledger(spark: Any, tmp_path: Path, under: str) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    tiny.run_here(spark, settings)
    context, plan = counting(spark, settings)
    shards = [unit.shard for unit in plan.planned]
    written = Written(context.lake, plan.table, plan.slice, shards, samples=len(shards))
    assert set(plan.verify(plan.planned, written)) == set(plan.planned)
    rows = written.frame()
    lost = rows.withColumn("samples", rows.samples - 1)
    frames = {"every threshold": lost, "the first": lost.union(rows), "the last": rows.union(lost)}
    context.lake.replace(plan.table, plan.slice, frames[under])
    with pytest.raises(StageFailed, match="samples have a usable text half, .* were counted"):
        plan.verify(plan.planned, written)


@pytest.mark.parametrize("match", ["strict", "substring"])
def test_executors_make_the_same_queries_of_a_long_list(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, match: Mode
) -> None:
    names = (*tiny.CONCEPTS, "New York", "an old dog", "the", "", "C++", *(f"word {number}" for number in range(40)))
    asked = names, match, "en_core_web_sm", True
    expected = stored_queries._made(*asked, Lake(None, str(tmp_path)))
    monkeypatch.setattr(stored_queries, "MADE_HERE", 10)
    monkeypatch.setattr(stored_queries, "AT_A_TIME", 7)
    assert stored_queries._made(*asked, Lake(None, str(tmp_path / "looked at"))) == expected
    monkeypatch.setattr(stored_queries, "make_queries", None)
    assert stored_queries._made(*asked, Lake(spark, str(tmp_path))) == expected
    assert expected["concept"].to_pylist() == list(names)


def test_queries_of_the_table_of_concepts_are_not_made_again(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = stored_queries.make_queries
    monkeypatch.setattr(stored_queries, "make_queries", lambda names, *how: made.extend(names) or make(names, *how))
    tiny.corpus(tmp_path / "corpus", tiny.CAPTIONS[:1])
    settings = tiny.settings_dict(tmp_path)
    stored_queries._made.cache_clear()
    tiny.run_here(spark, settings)
    assert sorted(made) == sorted(tiny.CONCEPTS)
    (tmp_path / "concepts.txt").write_text("\n".join([*tiny.CONCEPTS, "mat"]), encoding="utf-8")
    stored_queries._made.cache_clear()
    made.clear()
    tiny.run_here(spark, settings)
    assert made == ["mat"]
    checked = Settings.model_validate(settings)
    context = Context(checked, Lake(spark, checked.lake))
    corpus = checked.corpora[0]
    found = {row.concept: row.frequency for row in frequencies(context, corpus, "text")}
    assert found["mat"] == 1 and found["tiger"] == 1 and found["737"] is None

    # What another run has written there is not taken for ours.
    asked = questions(context, corpus)
    kept = stored_queries.listed_queries(context, corpus, asked.names)
    assert kept is not None
    names = kept["concept"].to_pylist()
    assert names == list(asked.concepts) and made == ["mat"]
    others = [Query(name, (("other",),), None) for name in names]
    of_run.store(context.lake, asked.concepts, {}, as_columns(others))
    stored_queries._made.cache_clear()
    made.clear()
    assert stored_queries.listed_queries(context, corpus, asked.names) == kept and sorted(made) == sorted(names)
