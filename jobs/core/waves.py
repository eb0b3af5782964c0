"""Works through a stage in waves: one Spark job, one commit, the ledger last.

If a stage is killed anywhere and started again, it ends with the same tables: rows that a wave wrote without reaching
the ledger are found and replaced (jobs.core.writer). A wave that fails is halved until the failing shard is alone. If
the stage has a careful way, the shard is tried once more with it. Then it is recorded as failed, and the others go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core import failed_shards, staging
from jobs.core.context import Context
from jobs.core.failures import JOB_FAILED, abort_if_lost, first_line, shared_reason
from jobs.core.outcomes import rejects
from jobs.core.progress import Progress
from jobs.core.reasons import kind_of
from jobs.core.writer import Writer, few_samples
from jobs.core.written import Written
from jobs.errors import ConceptfreqError, StageFailed
from jobs.lake.lease import Lease
from jobs.lake.ledger import Outcome, Unit
from jobs.lake.specs import Spec, record
from udfs.setup_errors import is_setup_error

log = logging.getLogger(__name__)

Build = Callable[[Sequence[Unit]], DataFrame]

# A wave may grow by this factor over the one before it. The first is small, so a bad setting shows early.
GROWTH = 4
# If so many shards in a row fail, and none ever succeeded or all have one reason, the data are not the cause.
HOPELESS = 3


@dataclass(frozen=True)
class Plan:
    """A stage's work on one corpus: its pending units, and how a frame is made of some of them.

    `build` gives a lazy frame of rows of `table` without `corpus` and `spec`, or with `spec` if several are written.
    `due` are those of `specs` under which rows are written, if units are pending only under these.
    `verify` turns the written rows into outcomes, one per unit. `staged` means that the frame runs a model: if it
    replaces rows, it is evaluated once into a file, and the commit reads that file. `careful` gives the same rows as
    `build`, slowly, and survives samples that kill a worker. `vanished` are shards that are done but no longer listed.
    `still_holds` makes, of the fingerprints of old and new rows, one that is true of both; by default none is.
    `fits` says whether the driver can hold the rows of some units; by default a unit has a row for each sample.
    """

    stage: str
    corpus: str
    table: str
    specs: tuple[Spec, ...]
    planned: tuple[Unit, ...]
    pending: tuple[Unit, ...]
    build: Build
    verify: Callable[[Sequence[Unit], Written], dict[Unit, Outcome]]
    first_wave: int
    staged: bool = False
    careful: Build | None = None
    vanished: tuple[str, ...] = ()
    still_holds: Callable[[str, str], str] = lambda old, new: ""
    due: tuple[Spec, ...] = ()
    fits: Callable[[Sequence[Unit]], bool] = few_samples

    @property
    def written(self) -> tuple[Spec, ...]:
        """The specs under which rows are written."""
        return self.due or self.specs

    @property
    def done(self) -> frozenset[str]:
        """The planned shards that are done with their current input, by name."""
        return frozenset(unit.shard for unit in self.planned) - {unit.shard for unit in self.pending}

    @property
    def slice(self) -> dict[str, str | list[str]]:
        """The partitions that the stage writes."""
        return {"corpus": self.corpus, "spec": [spec.id for spec in self.written]}


@dataclass
class Summary:
    """The work of a stage on a corpus in this run, and its present state."""

    stage: str
    corpus: str
    planned: int = 0
    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    committed: int = 0
    samples: int = 0
    rejects: int = 0


def execute(context: Context, plan: Plan) -> Summary:
    """Work through a plan's pending units under a lease; nothing is written if none is pending."""
    summary = Summary(plan.stage, plan.corpus, planned=len(plan.planned))
    summary.done = len(plan.done)
    if not plan.pending:
        log.info("%s %s: all %d shards are done", plan.stage, plan.corpus, len(plan.planned))
        return summary
    lease = Lease(context.lake, plan.corpus, plan.stage, context.settings.lease_seconds)
    writer = Writer(context.lake, plan.table, plan.slice, lease.owner, plan.fits)
    with lease.hold(writer.shut_out):
        context.ledger.refresh()
        context.record_run()
        for spec in plan.written:
            record(context.lake, spec)
        writer.look(plan.pending)
        try:
            _Worker(context, plan, lease, writer, summary).work_through()
        except KeyboardInterrupt:
            # Spark may still be committing.
            writer.shut_out(lease.owner)
            raise
    return summary


@dataclass
class _Worker:
    context: Context
    plan: Plan
    lease: Lease
    writer: Writer
    summary: Summary
    failures_in_a_row: int = 0
    # The reasons why the last shards could not be read, since the last shard that could.
    unread: list[str | None] = field(default_factory=list)
    # The kinds of reasons that were logged.
    logged: set[str] = field(default_factory=set)

    def work_through(self) -> None:
        """Work through all pending units in waves of neighbours by name, sized by the rate of earlier waves."""
        queue = sorted(self.plan.pending, key=lambda unit: (not self._replaces(unit), unit.shard))
        size, at = float(self.plan.first_wave), 0
        with Progress(self.plan.stage, self.plan.corpus, len(queue), session=self.context.lake.session) as progress:
            while at < len(queue):
                wave = self._take(queue, at, size)
                at += len(wave)
                started = time.monotonic()
                progress.begin(len(wave))
                self._run(wave, self.plan.build, progress)
                rate = sum(unit.work for unit in wave) / max(time.monotonic() - started, 0.1)
                size = min(rate * self.context.settings.waves.seconds, size * GROWTH)

    def _take(self, queue: Sequence[Unit], at: int, size: float) -> list[Unit]:
        """The next wave; it holds either units that replace rows or units that add rows, never both."""
        replaces = self._replaces(queue[at])
        most = self.context.settings.waves.max_shards or len(queue)
        wave: list[Unit] = []
        work = 0
        for unit in islice(queue, at, at + most):
            if wave and (work + unit.work > size or self._replaces(unit) != replaces):
                break
            wave.append(unit)
            work += unit.work
        return wave[: self.writer.most(wave)]

    def _replaces(self, unit: Unit) -> bool:
        return self.writer.replaces([unit.shard])

    def _run(self, wave: list[Unit], build: Build, progress: Progress) -> None:
        started = time.monotonic()
        try:
            outcomes = self._commit(wave, build)
        except ConceptfreqError:
            raise
        # A session that is gone may raise any error.
        except Exception as error:
            abort_if_lost(error, self.context.lake.session)
            if not isinstance(error, JOB_FAILED):
                raise
            reason = first_line(error)
            if is_setup_error(reason):
                raise StageFailed(f"{self.plan.stage}, corpus {self.plan.corpus}: {reason}") from None
            self.writer.settle(wave)
            self._try_smaller(wave, build, reason, progress)
            return
        self.failures_in_a_row = 0
        self._count(outcomes, progress)
        self._tell(outcomes, time.monotonic() - started, progress)
        self._end_where_none_can_be_read(outcomes)
        self._tell_failures({unit.shard: one.failure for unit, one in outcomes.items() if one.failure})

    def _end_where_none_can_be_read(self, outcomes: dict[Unit, Outcome]) -> None:
        """Raise StageFailed if several shards in a row could not be read for one reason, such as no credentials."""
        reasons = [shared_reason(one.failure, unit.shard) for unit, one in outcomes.items() if one.failure]
        self.unread = [*self.unread, *reasons] if len(reasons) == len(outcomes) else []
        alike = set(self.unread[-HOPELESS:])
        if len(self.unread) >= HOPELESS and len(alike) == 1 and None not in alike:
            last = list(outcomes.values())[-1].failure
            raise StageFailed(
                f"{self.plan.stage}, corpus {self.plan.corpus}: {len(self.unread)} shards in a row failed for one "
                f"reason, so the others are not tried; the last: {last}"
            )

    def _try_smaller(self, wave: list[Unit], build: Build, reason: str, progress: Progress) -> None:
        """Work on both halves of a failed wave; on a single shard with care, unless that was tried already.

        The reason is logged once: with the shard that fails for it in the end, or here if none does.
        """
        careful = self.plan.careful
        if len(wave) > 1:
            recovered = f"a wave of {len(wave)} shards failed as a whole, and not in parts"
            log.warning("%s: a wave of %d shards failed, trying its halves", self._label, len(wave))
            for half in (wave[: len(wave) // 2], wave[len(wave) // 2 :]):
                # A wave that replaces everything may be of any size, and a half of it is named.
                most = self.writer.most(half)
                for start in range(0, len(half), most):
                    self._run(half[start : start + most], build, progress)
        elif careful is not None and build is not careful:
            recovered = f"shard {wave[0].shard} failed until it was tried with care"
            log.warning("%s: shard %s failed, trying it with care", self._label, wave[0].shard)
            self._run(wave, careful, progress)
        else:
            self._fail(wave[0], reason, progress)
            return
        if kind_of(reason) not in self.logged:
            self.logged.add(kind_of(reason))
            log.warning("%s: %s: %s", self._label, recovered, reason)

    def _fail(self, unit: Unit, reason: str, progress: Progress) -> None:
        outcome = {unit: Outcome(failure=reason)}
        self._ledger(outcome)
        self._count(outcome, progress)
        self.failures_in_a_row += 1
        if self.failures_in_a_row >= HOPELESS and not self.summary.done:
            raise StageFailed(
                f"{self.plan.stage}, corpus {self.plan.corpus}: {self.failures_in_a_row} shards failed and none "
                f"succeeded, so the others are not tried; the last, {unit.shard}: {reason}"
            )
        self._tell_failures({unit.shard: reason})

    def _commit(self, wave: list[Unit], build: Build) -> dict[Unit, Outcome]:
        plan, lake = self.plan, self.context.lake
        frame = build(wave).withColumn("corpus", F.lit(plan.corpus))
        if "spec" not in frame.columns:
            frame = frame.withColumn("spec", F.lit(plan.written[0].id))
        # An append conflicts with no other commit, so its frame is evaluated only once anyway.
        if plan.staged and self.writer.replaces(unit.shard for unit in wave):
            name = f"{plan.stage}-{plan.corpus}"
            with staging.evaluated(lake.spark, lake.at, name, frame) as rows:
                self._write(wave, rows)
        else:
            self._write(wave, frame)
        outcomes = plan.verify(wave, Written.of(lake, plan.table, plan.slice, wave))
        self._ledger(outcomes)
        return outcomes

    def _write(self, wave: Sequence[Unit], frame: DataFrame) -> None:
        self.lease.still_mine()
        if self.writer.replaces(unit.shard for unit in wave):
            plan = self.plan
            self.context.ledger.reopen(plan.corpus, plan.stage, self._specs, wave, plan.still_holds)
        self.writer.put(wave, frame)

    def _ledger(self, outcomes: dict[Unit, Outcome]) -> None:
        self.lease.still_mine()
        self.context.ledger.write(self.plan.corpus, self.plan.stage, self._specs, outcomes, self.context.run)

    @property
    def _specs(self) -> list[str]:
        return [spec.id for spec in self.plan.written]

    def _count(self, outcomes: dict[Unit, Outcome], progress: Progress) -> None:
        for unit, outcome in outcomes.items():
            if outcome.failure:
                self.summary.failed[unit.shard] = outcome.failure
                continue
            self.summary.done += 1
            self.summary.committed += 1
            self.summary.samples += outcome.samples
            self.summary.rejects += rejects(outcome.statuses)
        progress.advance(len(outcomes), self.summary.samples, self.summary.rejects)

    @property
    def _label(self) -> str:
        return f"{self.plan.stage} {self.plan.corpus}"

    def _tell_failures(self, failed: dict[str, str]) -> None:
        self.logged |= set(map(kind_of, failed.values()))
        for line in failed_shards.lines(failed):
            log.error("%s: %s", self._label, line)

    def _tell(self, outcomes: dict[Unit, Outcome], seconds: float, progress: Progress) -> None:
        progress.line(
            "a wave of %d shards from %s: %d samples, %d rejects, %.0f s; %d of %d shards done",
            len(outcomes),
            min(unit.shard for unit in outcomes),
            sum(outcome.samples for outcome in outcomes.values()),
            sum(rejects(outcome.statuses) for outcome in outcomes.values()),
            seconds,
            self.summary.done,
            self.summary.planned,
        )
