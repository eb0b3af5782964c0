"""`retry`: samples of some statuses once more, by making the shards that hold them pending again."""

from __future__ import annotations

import logging
from argparse import Namespace

from jobs.commands.stages import close
from jobs.core import checks, ledger
from jobs.core.context import Context
from jobs.core.errors import SettingsError
from jobs.core.lake import Lake
from jobs.core.lease import Lease
from jobs.core.session import get_session
from jobs.core.settings import Corpus, Settings
from jobs.run import PLANS, run, wanted_stages
from udfs.statuses import ALL

log = logging.getLogger(__name__)


def retry(settings: Settings, arguments: Namespace) -> int:
    """Forget the shards that hold the named statuses, and failed ones, then run; counts follow what comes out."""
    wanted = tuple(arguments.status.split(","))
    unknown = [status for status in wanted if status not in ALL]
    if unknown:
        raise SettingsError(f"--status {','.join(unknown)}: not a status; statuses: {', '.join(ALL)}")
    stages = wanted_stages(settings)
    checks.check_inputs(settings, stages)
    context = Context(settings, Lake(get_session(settings.spark), settings.lake), "retry")
    for corpus in settings.corpora:
        for stage in ("ingest", "captions", "images"):
            if stage in stages:
                _forget(context, corpus, stage, wanted)
    result = run(context, stages)
    return close(context, stages, result, arguments.json)


def _forget(context: Context, corpus: Corpus, stage: str, wanted: tuple[str, ...]) -> None:
    spec = PLANS[stage](context, corpus).specs[0].id
    rows = ledger.rows(context.lake, corpus.name, stage, spec)
    failed = {shard for shard, row in rows.items() if row["state"] == ledger.FAILED}
    shards = sorted(failed | {shard for shard, row in rows.items() if set(wanted) & set(row["statuses"])})
    if not shards:
        return
    log.info("retry %s %s: %d shards", stage, corpus.name, len(shards))
    where = {"corpus": corpus.name, "stage": stage, "spec": spec, "shard": shards}
    with Lease(context.lake, corpus.name, stage, context.settings.lease_seconds).hold():
        context.lake.replace_rows("shards", where, [])
