"""`retry`: samples of some statuses once more, by making the shards that hold them pending again."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Iterator, Sequence

from jobs.commands.run_stages import close
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.core.session import open_for_work
from jobs.core.waves import Plan
from jobs.core.writer import Writer
from jobs.errors import SettingsError
from jobs.lake import ledger
from jobs.lake.lease import Lease, sole_driver
from jobs.settings.settings import Settings
from jobs.stages import inputs
from jobs.stages.registry import built_on, plans, wanted_stages
from jobs.stages.run import run
from udfs.statuses import ALL

log = logging.getLogger(__name__)


def retry(settings: Settings, arguments: Namespace) -> int:
    """Forget the shards that hold the named statuses, and failed ones, then run; counts follow what comes out."""
    wanted = tuple(arguments.status.split(","))
    unknown = [status for status in wanted if status not in ALL]
    if unknown:
        raise SettingsError(f"--status {','.join(unknown)}: not a status; statuses: {', '.join(ALL)}")
    stages = wanted_stages(settings)
    inputs.check_inputs(settings, stages)
    if arguments.dry_run:
        context = Context(settings, open_lake(settings), "retry", max_shards=arguments.max_shards)
        print("\n".join(_plan(context, stages, wanted)))
        return 0
    context = Context(settings, open_for_work(settings), "retry", max_shards=arguments.max_shards)
    with sole_driver(context.lake, settings.lease_seconds):
        _make_pending(context, stages, wanted)
        result = run(context, stages)
    return close(context, stages, result, arguments.json)


def _make_pending(context: Context, stages: Sequence[str], wanted: tuple[str, ...]) -> None:
    for corpus in context.settings.corpora:
        planned = plans(context, corpus, stages)
        for stage, plan in planned.items():
            shards = _to_retry(context, plan, wanted)
            if shards:
                log.info("retry %s %s: %d shards", stage, corpus.name, len(shards))
                later = [planned[name] for name in built_on(stage) if name in planned]
                _forget(context, [*later, plan], shards)


def _plan(context: Context, stages: Sequence[str], wanted: tuple[str, ...]) -> Iterator[str]:
    for corpus in context.settings.corpora:
        for stage, plan in plans(context, corpus, stages).items():
            shards = _to_retry(context, plan, wanted)
            yield f"retry {stage} {corpus.name}: {len(shards)} shards{': ' if shards else ''}{', '.join(shards[:5])}"


def _to_retry(context: Context, plan: Plan, wanted: tuple[str, ...]) -> list[str]:
    """The stage's shards that failed or hold a sample of these statuses."""
    rows = ledger.rows(context.lake, plan.corpus, plan.stage, plan.specs[0].id)
    return sorted(
        shard
        for shard, row in rows.items()
        if row["state"] == ledger.FAILED or not set(wanted).isdisjoint(row["statuses"])
    )


def _forget(context: Context, plans: Sequence[Plan], shards: list[str]) -> None:
    """Take the shards out of the ledger at these stages, those that build on others first.

    Another attempt may come to other rows with the same statuses, which later stages could not tell.
    """
    for plan in plans:
        specs = [spec.id for spec in plan.specs]
        lease = Lease(context.lake, plan.corpus, plan.stage, context.settings.lease_seconds)
        with lease.hold(Writer(context.lake, plan.table, plan.slice, lease.owner).shut_out):
            for stage, units in ((ledger.TOTALS, [ledger.WHOLE]), (plan.stage, shards)):
                where = {"corpus": plan.corpus, "stage": stage, "spec": specs, "shard": units}
                context.lake.replace_rows("shards", where, [])
