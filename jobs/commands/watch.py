"""`watch`: what `run` does, again and again, whenever shards arrive."""

from __future__ import annotations

import logging
import signal
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.commands.run_stages import close
from jobs.core.context import Context
from jobs.core.listing import Listings
from jobs.core.opening import open_lake
from jobs.core.remote import refuse_remote
from jobs.core.session import open_for_work
from jobs.core.stage import Result
from jobs.errors import SettingsError
from jobs.settings.settings import Settings
from jobs.stages.dry_run import dry_run
from jobs.stages.registry import wanted_stages
from jobs.stream.checkpoint import checkpoint_of
from jobs.stream.watching import Watching, check_start, with_corpora
from udfs.shards.schemes import shown

log = logging.getLogger(__name__)

# The reason why a session on a server cannot be used, and what to use instead.
NEEDS_OWN_DRIVER = (
    "watch does not work on Spark Connect: a stream calls its function on the server, and a run is driven from here. "
    "Start `conceptfreq run CONFIG` on a schedule, or on Databricks by a file_arrival trigger (resources/count.yml): "
    "it reads new shards only"
)


def watch(settings: Settings, arguments: Namespace) -> int:
    """Work on arrivals, once or until an interrupt; exit status 0 if everything that was there is done, else 1."""
    stages = wanted_stages(settings)
    if not settings.corpora:
        raise SettingsError(f"{settings.name}: watch needs the section 'corpora'")
    refuse_remote(None, NEEDS_OWN_DRIVER)
    listings = check_start(settings, stages, may_wait=not arguments.available_now)
    if arguments.dry_run:
        print("\n".join(_planned(settings, arguments, stages, listings)))
        return 0
    lake = open_for_work(settings)
    refuse_remote(lake.spark, NEEDS_OWN_DRIVER)

    def tell(context: Context, result: Result) -> int:
        # Without --available-now the watch tries failed shards again by itself.
        return close(context, stages, result, arguments.json, ends=arguments.available_now)

    watching = Watching(settings, lake, stages, tell, arguments.new_spec)
    with _terminated_as_interrupted():
        if arguments.available_now:
            watching.what_is_there()
            return watching.status
        try:
            watching.until_interrupted()
        except KeyboardInterrupt:
            log.info("stopped: finished work is kept")
    return watching.status


def _planned(settings: Settings, arguments: Namespace, stages: tuple[str, ...], listings: Listings) -> list[str]:
    """The plan of the first run, and how the watch goes on."""
    present = with_corpora(settings, listings.names)
    context = Context(present, open_lake(settings), "watch", arguments.new_spec, listings=listings)
    waiting = [corpus for corpus in settings.corpora if corpus.name not in listings.names]
    often = "once" if arguments.available_now else f"at the start, then every {settings.watch.seconds:g} s"
    return [
        *dry_run(context, stages),
        *(f"corpus {corpus.name}: no shards yet, waiting for them in {shown(corpus.path)}" for corpus in waiting),
        f"watch: corpora are listed {often}; checkpoint: {checkpoint_of(settings)}",
    ]


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM, by which services and containers are stopped, is KeyboardInterrupt while the context is open."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
