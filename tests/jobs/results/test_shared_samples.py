"""Concepts in nearly the same samples, in a kept lake whose postings are drawn; of a large corpus a part is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from postings_of import store_postings
from published_counts import kept_lake

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.results.audit import Audit, audit, own_audit
from jobs.results.samples import nearly_equal as module
from jobs.results.samples.nearly_equal import nearly_equal
from jobs.settings.settings import Settings

EACH = 20


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """The kept lake, in which each of 60 samples holds a dog and a cat, or a bicycle; two lack the cat."""
    settings = Settings.model_validate(yaml.safe_load(kept_lake(tmp_path).read_text()))
    lake = Lake(None, settings.lake)
    held: dict[tuple[int, int], Any] = {
        (shard, row): {"dog", "cat"} if row < 10 else {"bicycle"} for shard in range(3) for row in range(EACH)
    }
    held[0, 0] = held[2, 3] = {"dog"}
    held[1, 19] = None
    store_postings(lake, held)
    return Context.looking(settings, lake, "audit")


def duplicated(found: Audit) -> dict[str | None, str]:
    """The reasons of findings of this kind, by concept."""
    return {one.concept: one.reason for one in found.findings if one.kind == "duplicated"}


def test_the_audit_names_them_if_it_looks_at_samples(context: Context) -> None:
    found = audit(context, samples=True)
    assert found.unchecked is None
    reasons = duplicated(found)
    assert reasons.keys() == {"dog", "cat"}
    assert "cat and dog are in the same samples: 28 of 30 that hold one of them hold both, among 59" in reasons["cat"]
    assert not duplicated(audit(context)) and not duplicated(own_audit(context))


def test_the_share_is_that_of_either(context: Context) -> None:
    [corpus] = context.settings.corpora
    [pair] = nearly_equal(context, corpus, "text", None, 28 / 30)
    assert (pair.first, pair.second, pair.both, pair.either, pair.searched) == ("cat", "dog", 28, 30, 59)
    assert nearly_equal(context, corpus, "text", None, 0.94) == []


def test_a_part_of_a_large_corpus_is_looked_at(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    units = [Unit(f"{number:05}", "", work=100) for number in range(50)]
    monkeypatch.setattr(module, "SAMPLES", 1_000)
    assert [unit.shard for unit in module._evenly(units)] == [f"{number:05}" for number in range(0, 50, 5)]
    assert module._evenly(units[:10]) == units[:10]


def test_what_is_not_indexed_is_said(context: Context) -> None:
    context.lake.replace_rows("shards", {"stage": "index"}, [])
    found = audit(Context.looking(context.settings, context.lake, "audit"), samples=True)
    assert found.findings and not duplicated(found)
    assert "not checked which concepts have the same samples by text search: corpus tiny: no shard is indexed" in (
        found.unchecked or ""
    )
