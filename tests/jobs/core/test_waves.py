"""A wave that fails is halved until the shard that fails is alone; the others go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tiny
from pyspark import cloudpickle
from pyspark.sql import DataFrame

from jobs.core import writer
from jobs.core.context import Context
from jobs.core.frames import one_task_each, spark_schema
from jobs.core.outcomes import count_statuses
from jobs.core.waves import Plan, Summary, execute
from jobs.core.writer import Writer
from jobs.errors import StageFailed
from jobs.lake import ledger
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.settings import Settings
from udfs.schemas import TERMS
from udfs.setup_errors import DeviceError

SPEC = Spec("captions", {"version": 0})


@dataclass(frozen=True)
class Fragile:
    """One row per shard, except for shards that kill the worker, or that do so beside others."""

    shards: tuple[str, ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for index in batch.column("id").to_pylist():
                shard = self.shards[index]
                if shard.startswith("no-gpu"):
                    raise DeviceError("device 'cuda' was asked for, but there is none")
                if shard.startswith("bad"):
                    raise MemoryError(f"{shard} is too much")
                if shard.startswith("crowd") and len(self.shards) > 1:
                    raise MemoryError("too many at a time")
                row = dict.fromkeys(TERMS.names) | {"shard": shard, "sample": "0", "ordinal": 0, "status": "ok"}
                yield pa.RecordBatch.from_pylist([row], schema=TERMS)


@pytest.fixture(autouse=True)
def sent_by_value() -> Iterator[None]:
    """Workers cannot import this module."""
    import sys

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def work(context: Context, *shards: str, fingerprint: str = "f") -> Summary:
    """Work through these shards, less those that are done."""
    units = tuple(Unit(shard, fingerprint, work=1, samples=1) for shard in shards)

    def build(wave: Sequence[Unit]) -> DataFrame:
        task = Fragile(tuple(unit.shard for unit in wave))
        return one_task_each(context.lake.spark, len(wave)).mapInArrow(task, spark_schema(TERMS))

    context.ledger.refresh()
    pending = tuple(context.ledger.pending(units, "tiny", "captions", SPEC.id))
    plan = Plan("captions", "tiny", "caption_terms", (SPEC,), units, pending, build, count_statuses, first_wave=100)
    return execute(context, plan)


@pytest.fixture
def context(spark: Any, tmp_path: Path) -> Context:
    settings = Settings.model_validate(tiny.settings_dict(tmp_path))
    return Context(settings, Lake(spark, settings.lake))


def test_a_wave_of_many_shards_is_few_files(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", [[f"a dog, number {number}"] for number in range(60)])
    settings = tiny.settings_dict(tmp_path)
    assert tiny.run_here(spark, settings).complete
    lake = Path(settings["lake"])
    for table in ("samples", "caption_terms", "shard_counts"):
        assert len(list((lake / table).rglob("*.parquet"))) <= 4, table
    # What another attempt leaves takes the place of what was there.
    tiny.corpus(tmp_path / "corpus", [[f"a cat, number {number}"] for number in range(59)])
    assert tiny.run_here(spark, settings).complete
    found = Lake(None, str(lake)).rows("caption_terms", ["shard", "keys"])
    assert len(found) == 60 and sum("cat" in row["keys"] for row in found) == 59


def test_the_shard_that_fails_is_left_alone(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    summary = work(context, "a", "b", "bad-1", "c")
    assert summary.done == 3 and set(summary.failed) == {"bad-1"}
    assert "bad-1 is too much" in summary.failed["bad-1"]
    # The reason is logged once, although waves of 4 and 2 shards failed for it.
    assert caplog.text.count("trying its halves") == 2
    assert caplog.text.count("bad-1 is too much") == caplog.text.count("captions tiny: shard bad-1 failed: ") == 1
    rows = ledger.rows(context.lake, "tiny", "captions", SPEC.id)
    assert {shard: row["state"] for shard, row in rows.items()} == {
        "a": "done",
        "b": "done",
        "c": "done",
        "bad-1": "failed",
    }
    # A later run tries it again, and is not stopped by shards that fail beside others that are done.
    assert set(work(context, "a", "b", "c", "bad-1", "bad-2", "bad-3").failed) == {"bad-1", "bad-2", "bad-3"}


def test_parts_of_a_failed_wave_name_no_more_shards_than_a_commit_may(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wave that replaces all rows names none, so it may have any number of shards; its halves name theirs."""
    shards = ("crowd", *"abcde")
    assert work(context, *shards).done == 6
    # As if a shard had few rows in this table.
    monkeypatch.setattr(writer, "has_rows_of_samples", lambda table: False)
    monkeypatch.setattr(writer, "REPLACED", 2)
    waves, named, replace = list[int](), list[int](), Lake.replace

    def noted(lake: Lake, name: str, where: dict[str, Any], frame: DataFrame, **options: str) -> None:
        named.append(len(where.get("shard", ())))
        replace(lake, name, where, frame, **options)

    monkeypatch.setattr(Lake, "replace", noted)
    run = Fragile.__init__
    monkeypatch.setattr(Fragile, "__init__", lambda task, names: waves.append(len(names)) or run(task, names))
    assert work(context, *shards, fingerprint="g").done == 6
    assert waves[0] == 6 and max(waves[1:]) == max(named[1:]) == 2
    assert len(context.lake.rows("caption_terms", ["shard"])) == 6


def test_the_reason_of_a_wave_is_logged_if_no_shard_has_it(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    assert work(context, "a", "b", "crowd", "crowd-2").done == 4
    assert caplog.text.count("too many at a time") == 1
    assert "captions tiny: a wave of 2 shards failed as a whole, and not in parts: " in caplog.text


def test_what_is_no_shards_fault_ends_the_stage_at_once(context: Context) -> None:
    assert work(context, "a").done == 1
    with pytest.raises(StageFailed, match="captions, corpus tiny: .*DeviceError: device 'cuda' was asked for"):
        work(context, "a", "b", "no-gpu", "c")
    assert set(ledger.rows(context.lake, "tiny", "captions", SPEC.id)) == {"a"}


def test_where_nothing_ever_succeeds_it_ends(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(StageFailed, match="3 shards failed and none succeeded, .* the last, bad-3: .*bad-3 is too"):
        work(context, "bad-1", "bad-2", "bad-3", "bad-4")
    told = [shard for shard in ("bad-1", "bad-2", "bad-3") if f"{shard} is too much" in caplog.text]
    assert told == ["bad-1", "bad-2"], "the error has the reason of the last"


def test_no_ledger_row_vouches_for_rows_that_a_killed_run_replaced(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(context, "a")
    put = Writer.put

    def killed(self: Writer, units: Sequence[Unit], frame: DataFrame) -> None:
        put(self, units, frame)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Writer, "put", killed)
        work(context, "a", fingerprint="of another list")
    # The rows are those of another input, although the settings are the first ones again.
    [row] = ledger.rows(context.lake, "tiny", "captions", SPEC.id).values()
    assert (row["state"], row["fingerprint"], row["content"]) == ("done", "", None)
    assert work(context, "a").committed == 1
    [row] = ledger.rows(context.lake, "tiny", "captions", SPEC.id).values()
    assert (row["state"], row["fingerprint"], row["attempt"]) == ("done", "f", 2)


def test_who_lost_its_lease_writes_nothing_any_more(context: Context) -> None:
    work(context, "a")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    times = dict.fromkeys(("since", "heartbeat", "expires"), long_ago)
    row = {"corpus": "tiny", "stage": "captions", "owner": "gone", "host": "elsewhere", "process": 1, **times}
    context.lake.replace_rows("leases", {}, [row])
    work(context, "a", "b")
    gone = Writer(context.lake, "caption_terms", {"corpus": "tiny", "spec": [SPEC.id]}, "gone")
    late = {"corpus": "tiny", "shard": "b", "sample": "late", "spec": SPEC.id, "ordinal": 0, "status": "ok"}
    gone.put([Unit("b", "f", work=1)], context.lake.frame("caption_terms", [late]))
    assert sorted(row["shard"] for row in context.lake.rows("caption_terms", ["shard"])) == ["a", "b"]
