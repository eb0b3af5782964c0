"""The state of a lake: shards planned, done and failed, and statuses of samples, per corpus and stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from jobs.core.context import Context
from jobs.core.listing import Listing
from jobs.core.waves import Plan
from jobs.errors import SettingsError
from jobs.lake import ledger
from jobs.results.corpora.reject_reasons import Reason
from jobs.results.corpora.rejects import Rejected, read_reasons
from jobs.settings.corpora import Corpus
from jobs.stages.registry import shard_stages
from udfs.statuses import USABLE


@dataclass(frozen=True)
class StageStatus:
    """One stage of one corpus: numbers of shards planned, done and failed; input samples; rejects by status.

    Also the seconds by phase, the phase that took most of them, and its share. On request, the reasons why samples were
    rejected and shards failed.
    """

    corpus: str
    stage: str
    planned: int
    done: int
    failed: int
    samples: int
    rejects: dict[str, int]
    seconds: dict[str, float]
    bottleneck: str | None
    share: float | None
    reasons: tuple[Reason, ...] = ()


def status(context: Context, stages: tuple[str, ...], explained: bool = False) -> list[StageStatus]:
    """The stages of every corpus as the ledger has them; `explained` adds the reasons of rejects and failures.

    Needs no Spark for a lake in a local folder.
    """
    found, rejected = [], []
    for corpus in context.settings.corpora:
        listed = _listed(context, corpus)
        for stage in shard_stages(stages):
            plan = stage.plan(context, corpus)
            rows = context.ledger.rows(corpus.name, plan.stage, plan.specs[0].id)
            found.append(_of(corpus, plan, rows, listed))
            rejected.append(Rejected.of(plan, rows))
    if not explained:
        return found
    reasons = read_reasons(context.lake, rejected)
    return [replace(one, reasons=said) for one, said in zip(found, reasons, strict=True)]


def _of(corpus: Corpus, plan: Plan, rows: Mapping[str, Mapping[str, Any]], listed: Listing | None) -> StageStatus:
    """One stage from its rows of the ledger, by shard."""
    current = {unit.shard: unit.fingerprint for unit in plan.planned}
    statuses: Counter[str] = Counter()
    seconds: dict[str, float] = {}
    failed = samples = 0
    for shard, row in rows.items():
        if row["state"] == ledger.FAILED:
            failed += current.get(shard) == row["fingerprint"]
            continue
        samples += row["samples"]
        statuses.update(row["statuses"])
        for phase, spent in row["seconds"].items():
            seconds[phase] = seconds.get(phase, 0.0) + spent
    slowest, share = bottleneck(seconds)
    return StageStatus(
        corpus=corpus.name,
        stage=plan.stage,
        planned=len(listed.shards) if listed else len(plan.planned),
        done=len(plan.done),
        failed=failed,
        samples=samples,
        rejects={name: count for name, count in sorted(statuses.items()) if name not in USABLE},
        seconds={phase: round(value, 1) for phase, value in sorted(seconds.items())},
        bottleneck=slowest,
        share=share,
    )


def bottleneck(seconds: Mapping[str, float]) -> tuple[str | None, float | None]:
    """The phase that took most seconds, and its share of all seconds of work; None, None if there was no work."""
    worked = {phase: spent for phase, spent in ledger.worked(seconds).items() if spent > 0}
    if not worked:
        return None, None
    slowest = max(sorted(worked), key=lambda phase: worked[phase])
    return slowest, round(worked[slowest] / sum(worked.values()), 3)


def _listed(context: Context, corpus: Corpus) -> Listing | None:
    try:
        return context.listings.of(corpus)
    except SettingsError:
        return None
