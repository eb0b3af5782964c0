"""The watch: a run at its start, and a run again whenever a listing changes, or for what failed.

Each pass is a run over fresh listings, so the ledger alone decides what is done. A corpus that cannot be listed is left
out of a pass, and does not hold up the others.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from jobs.core.context import Context
from jobs.core.listing import Listing, Listings
from jobs.core.stage import Result
from jobs.errors import ConceptfreqError, LeaseHeld, NoShards, SettingsError, SpecChanged
from jobs.lake.lake import Lake
from jobs.lake.ledger import Ledger
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages.inputs import check_inputs
from jobs.stages.run import run
from jobs.stream.bell import Bell
from jobs.stream.stream import Stream

log = logging.getLogger(__name__)

# Seconds between looks at a query that may have ended.
LOOK: Final = 0.5
# What failed is tried again after watch.seconds, then after twice that time, and so on up to an hour.
AT_MOST: Final = 3600.0

# Each corpus by name: its shards, or why they cannot be listed.
Seen = dict[str, Listing | SettingsError]
# Tells how a pass ended, in its last lines; returns the exit status of a run that ends so.
Tell = Callable[[Context, Result], int]


@dataclass
class Watching:
    """A watch over the settings' corpora; `status` is the exit status if it ended now."""

    settings: Settings
    lake: Lake
    stages: tuple[str, ...]
    tell: Tell
    new_spec: bool = False
    status: int = 1
    _seen: Seen | None = None
    _failures: int = 0
    _again_at: float | None = None
    _bell: Bell = field(default_factory=Bell)

    def what_is_there(self) -> None:
        """Work on all arrivals that there are now. Raises ConceptfreqError as a run does, or if the stream fails."""
        stream = Stream(self.lake.spark, self.settings, self._bell)
        try:
            stream.start(available_now=True)
            while stream.runs and not self._bell.wait(LOOK):
                pass
            if failure := stream.failure():
                raise ConceptfreqError(failure)
            # Also without arrivals: what failed is tried again, and what the lake lacks is made.
            self._pass()
            self._bell.answer()
            # A second batch comes if a watch was killed in the middle of the first.
            while stream.runs:
                if self._bell.wait(LOOK):
                    self._pass(only_if_changed=True)
                    self._bell.answer()
            if failure := stream.failure():
                raise ConceptfreqError(failure)
        finally:
            stream.stop()

    def until_interrupted(self) -> None:
        """Work on arrivals until KeyboardInterrupt.

        Raises FoundationLost, SettingsError if the first run refuses the settings, and SpecChanged if a later one does.
        """
        stream = Stream(self.lake.spark, self.settings, self._bell)
        start_at: float = time.monotonic()
        try:
            while True:
                if not stream.runs and time.monotonic() >= start_at:
                    if failure := stream.failure():
                        log.error("%s", failure)
                    stream.start(available_now=False)
                    start_at = time.monotonic() + self.settings.watch.seconds
                self._look()
        finally:
            stream.stop()

    def _look(self) -> None:
        """Work if something has arrived, or is to be tried again."""
        is_due = self._seen is None or (self._again_at is not None and time.monotonic() >= self._again_at)
        rung = self._bell.wait(0 if is_due else LOOK)
        result = self._pass(only_if_changed=not is_due) if rung or is_due else None
        if rung:
            self._bell.answer()
        if result:
            self._plan_again(result)
            log.info("watching for shards, every %g s", self.settings.watch.seconds)

    def _pass(self, only_if_changed: bool = False) -> Result | None:
        """A run over fresh listings; None if they need not differ and do not."""
        listings = Listings()
        seen = {corpus.name: _listing(listings, corpus) for corpus in self.settings.corpora}
        if only_if_changed and self._seen and _shards(seen) == _shards(self._seen):
            return None
        self.status = 1
        for line in changes(self._seen or {}, seen):
            log.info("%s", line)
        is_first, self._seen = self._seen is None, seen
        try:
            result = self._run(listings, [name for name, found in seen.items() if isinstance(found, Listing)])
        except SpecChanged:
            # Only the user can decide.
            raise
        except (LeaseHeld, SettingsError) as error:
            # A list or MLflow's server may come back; but a watch that cannot begin says so.
            if is_first and not isinstance(error, LeaseHeld):
                raise
            log.error("%s", error)
            return Result(troubles=[str(error)], lease_held=isinstance(error, LeaseHeld))
        self.new_spec = False
        return result

    def _run(self, listings: Listings, present: Sequence[str]) -> Result:
        """Run the stages over the corpora that are present, and tell how it ended."""
        assert self._seen is not None
        absent = [error for error in self._seen.values() if isinstance(error, SettingsError)]
        troubles = [str(error) for error in absent if not isinstance(error, NoShards)]
        for trouble in troubles:
            log.error("%s", trouble)
        if not present:
            self.status = 1 if troubles else 0
            return Result(troubles=troubles)
        checked = with_corpora(self.settings, present)
        check_inputs(checked, self.stages, listings)
        known = [name for name in self._seen if name in present or self._has_rows(name)]
        context = Context(with_corpora(self.settings, known), self.lake, "watch", self.new_spec, listings=listings)
        result = run(context, self.stages, left_out=set(known) - set(present))
        result.troubles += troubles
        self.status = self.tell(replace(context, settings=checked), result)
        return result

    def _has_rows(self, corpus: str) -> bool:
        return bool(Ledger(self.lake, [corpus]).newest(corpus, "ingest"))

    def _plan_again(self, result: Result) -> None:
        """Decide when failed work is tried again, if no arrival comes before."""
        if result.succeeded:
            self._failures, self._again_at = 0, None
            return
        seconds = self.settings.watch.seconds
        if not result.lease_held:
            seconds = min(seconds * 2**self._failures, max(AT_MOST, seconds))
            self._failures += 1
        self._again_at = time.monotonic() + seconds
        log.info("failed work is tried again with the next arrival, or in %g s", seconds)


def check_start(settings: Settings, stages: Sequence[str], may_wait: bool) -> Listings:
    """Raise SettingsError for the first missing input; `may_wait`: a corpus that has no shards yet is none.

    The listings that are returned lack such corpora.
    """
    listings = Listings()
    for corpus in settings.corpora:
        try:
            listings.of(corpus)
        except NoShards:
            if not may_wait:
                raise
    # Their models are looked for all the same.
    return check_inputs(settings, [stage for stage in stages if stage != "ingest"], listings)


def with_corpora(settings: Settings, names: Collection[str]) -> Settings:
    """The settings with these of their corpora only."""
    corpora = [corpus for corpus in settings.corpora if corpus.name in names]
    return settings.model_copy(update={"corpora": corpora})


def changes(before: Seen, now: Seen) -> Iterator[str]:
    """What has changed between two listings, a line for each corpus."""
    for name, found in now.items():
        earlier = before.get(name)
        if isinstance(found, NoShards) and not isinstance(earlier, NoShards):
            yield f"{found}: waiting for shards"
        if isinstance(found, Listing) and name in before:
            was = {one.name: one.fingerprint for one in earlier.shards} if isinstance(earlier, Listing) else {}
            new = sum(one.name not in was for one in found.shards)
            changed = sum(was.get(one.name, one.fingerprint) != one.fingerprint for one in found.shards)
            gone = len(was) + new - len(found.shards)
            if new or changed or gone:
                yield f"corpus {name}: {new} new shards, {changed} changed, {gone} gone"


def _listing(listings: Listings, corpus: Corpus) -> Listing | SettingsError:
    try:
        return listings.of(corpus)
    except SettingsError as error:
        return error


def _shards(seen: Seen) -> dict[str, Listing | None]:
    """What decides whether something has arrived: messages may differ each time."""
    return {name: found if isinstance(found, Listing) else None for name, found in seen.items()}
