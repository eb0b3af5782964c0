"""`run` and the subcommands of single stages, with their plan (`--dry-run`) and their closing line."""

from __future__ import annotations

import json
import logging
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict

from jobs.commands.terminal import tell_output_file, write_table
from jobs.core import failed_shards
from jobs.core.context import Context
from jobs.core.identities import Identities, recorded_identities
from jobs.core.opening import open_lake
from jobs.core.session import open_for_work
from jobs.core.stage import Result
from jobs.results.corpora.status import StageStatus, status
from jobs.settings.settings import Settings
from jobs.stages import inputs
from jobs.stages.dry_run import dry_run
from jobs.stages.registry import stage_named, wanted_stages, with_first
from jobs.stages.run import run

log = logging.getLogger(__name__)

COLUMNS = ("stage", "corpus", "planned", "done", "failed", "samples", "rejects")


def run_stages(settings: Settings, arguments: Namespace) -> int:
    """Run the subcommand's stages; exit status 0 if every planned shard is done, else 1."""
    stages = wanted_stages(settings) if arguments.command == "run" else with_first(settings, [arguments.command])
    listings = inputs.check_inputs(settings, stages)
    only_looks = all(stage_named(name).only_looks for name in stages)
    lake = open_lake(settings) if arguments.dry_run or only_looks else open_for_work(settings)
    identities = recorded_identities(lake) if only_looks else Identities()
    context = Context(
        settings,
        lake,
        arguments.command,
        arguments.new_spec,
        arguments.max_shards,
        listings=listings,
        identities=identities,
    )
    if arguments.dry_run:
        print("\n".join(dry_run(context, stages)))
        return 0
    result = run(context, stages)
    return close(context, stages, result, arguments.json)


def close(context: Context, stages: tuple[str, ...], result: Result, as_json: bool, ends: bool = True) -> int:
    """Print how the run ended, in its last lines; 0 if everything planned is done and there is no other trouble.

    ends: whether the command ends with this run, so that only another command tries failed shards again.
    """
    standing = status(context, stages)
    _tell_what_is_amiss(result, ends)
    if result.idle:
        log.info("everything was done already: nothing was written")
    tell_output_file()
    totals = _totals(result, standing)
    if as_json:
        print(
            json.dumps({**totals, "troubles": result.troubles, "stages": [asdict(stage) for stage in standing]}),
            flush=True,
        )
    write_table(COLUMNS, _rows(result, standing))
    words = "planned {planned}, done {done}, failed {failed}, samples {samples}, rejects {rejects}"
    sys.stderr.write(words.format(**totals) + "\n")
    return 0 if result.succeeded else 1


def _tell_what_is_amiss(result: Result, ends: bool) -> None:
    """Log what failed or is not usable, without the reasons: they were logged when it happened."""
    for summary in result.stages:
        if summary.failed:
            number = failed_shards.closing(summary.failed, summary.planned)
            log.error("%s %s: %s", summary.stage, summary.corpus, number)
    if result.failed and ends:
        log.error("start the same command again to try the failed shards once more")
    if result.troubles:
        where = "; ".join(dict.fromkeys(trouble.partition(": ")[0] for trouble in result.troubles))
        log.error("not done, or not usable, for the reasons logged above: %s", where)


def _rows(result: Result, standing: list[StageStatus]) -> Iterator[tuple[str | int, ...]]:
    """Each stage and corpus in COLUMNS: shards as this run planned them, samples and rejects as the lake has them."""
    worked = {(summary.stage, summary.corpus): summary for summary in result.stages}
    for stage in standing:
        shards = worked.pop((stage.stage, stage.corpus), None) or stage
        failed = shards.failed if isinstance(shards, StageStatus) else len(shards.failed)
        rejects = sum(stage.rejects.values())
        yield stage.stage, stage.corpus, shards.planned, shards.done, failed, stage.samples, rejects
    for one in worked.values():
        # Those of an earlier run are not known here.
        found = (one.samples, one.rejects) if one.committed else ("", "")
        yield one.stage, one.corpus, one.planned, one.done, len(one.failed), *found


def _totals(result: Result, standing: list[StageStatus]) -> dict[str, int | str]:
    """Totals of a run: shards count once per stage; samples are those read, or the input of the first stage run."""
    first = standing[0].stage if standing else ""
    return {
        "planned": sum(summary.planned for summary in result.stages),
        "done": sum(summary.done for summary in result.stages),
        "failed": result.failed,
        "samples": sum(stage.samples for stage in standing if stage.stage == first),
        "rejects": sum(sum(stage.rejects.values()) for stage in standing),
        "written": "nothing" if result.idle else "tables",
    }
