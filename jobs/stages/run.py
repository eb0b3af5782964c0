"""Every stage that the settings ask for, in order: what a run does."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from jobs.core.context import Context
from jobs.core.failures import reason_to_go_on, told_if_lost
from jobs.core.stage import Result, ShardStage, Stage
from jobs.core.waves import execute
from jobs.errors import LeaseHeld, SettingsError
from jobs.lake import specs
from jobs.lake.lease import sole_driver
from jobs.settings.corpora import Corpus
from jobs.stages.registry import shard_stages, stage_named, with_first
from jobs.stages.usable import Judge
from udfs.shards.fields import enumerated

log = logging.getLogger(__name__)


def run(context: Context, stages: Sequence[str], left_out: Collection[str] = ()) -> Result:
    """Run `stages`, each over every corpus but those `left_out`, and return what came of it.

    A corpus that ends a stage is left out of the later ones; the others go on. Raises SpecChanged before anything is
    written if a setting that can change results differs from those of the lake, unless the context starts a new spec;
    FoundationLost if the session or the disk is gone; LeaseHeld if another driver writes to a lake on S3.
    """
    stages = with_first(context.settings, stages)
    wanted = [stage_named(name) for name in stages]
    if not context.settings.corpora and shard_stages(stages):
        raise SettingsError(f"{context.settings.name}: the stages {', '.join(stages)} need the section 'corpora'")
    work = _Work(context, stages, Judge(context), left_out=set(left_out))
    lake = context.lake
    with told_if_lost(lambda: lake.session):
        if not context.new_spec:
            for stage in wanted:
                refuse_changed(context, stage)
        with sole_driver(lake, context.settings.lease_seconds):
            for stage in wanted:
                context.ledger.refresh()
                work.do(stage)
                # Without these, the results could not be shown on a machine that lacks the models.
                context.record_identities()
    return work.result


def refuse_changed(context: Context, stage: Stage) -> None:
    """Raise SpecChanged if the lake has results of a stage, and none under these settings."""
    if stage.refuse_changed:
        stage.refuse_changed(context)
    if isinstance(stage, ShardStage):
        for corpus in context.settings.corpora:
            wanted, newest = stage.specs(context, corpus), context.ledger.newest(corpus.name, stage.name)
            specs.refuse_changed(context.lake, corpus.name, stage.name, wanted, newest)


@dataclass
class _Work:
    context: Context
    stages: tuple[str, ...]
    judge: Judge
    result: Result = field(default_factory=Result)
    left_out: set[str] = field(default_factory=set)
    # Stages of earlier runs and their corpora.
    judged: set[tuple[str, str]] = field(default_factory=set)

    def do(self, stage: Stage) -> None:
        """One stage: over the corpora that are left, or once."""
        if stage.work:
            with self._going_on(stage.name):
                self._add(stage.work(self.context))
        for corpus in self.context.settings.corpora if not stage.work else ():
            if corpus.name not in self.left_out:
                with self._going_on(f"{stage.name}, corpus {corpus.name}", corpus):
                    self._work_on(stage, corpus)
        if stage.after:
            stage.after(self.context)

    def _work_on(self, stage: Stage, corpus: Corpus) -> None:
        if isinstance(stage, ShardStage):
            self._work_through(stage, corpus)
        elif stage.work_on:
            self._add(stage.work_on(self.context, corpus))

    def _work_through(self, stage: ShardStage, corpus: Corpus) -> None:
        if stage.before_corpus:
            stage.before_corpus(self.context, corpus)
        plan = stage.plan(self.context, corpus)
        self._pass_over(corpus, plan.vanished)
        self.result.stages.append(execute(self.context, plan))
        if stage.rows_are_samples:
            self._trouble_with(self.judge.judge(corpus, plan))
        else:
            self._judge_sources(stage, corpus)
        if stage.after_corpus:
            self.result.written += stage.after_corpus(self.context, corpus, plan)

    def _judge_sources(self, stage: ShardStage, corpus: Corpus) -> None:
        """Judge what an earlier run made for this stage; what this run makes is judged when it is made."""
        for source in shard_stages(stage.built_on):
            asked = source.rows_are_samples and source.asked(self.context.settings)
            if asked and source.name not in self.stages and (source.name, corpus.name) not in self.judged:
                self.judged.add((source.name, corpus.name))
                self._trouble_with(self.judge.judge(corpus, source.plan(self.context, corpus)))

    def _pass_over(self, corpus: Corpus, vanished: Sequence[str]) -> None:
        if vanished:
            log.warning(
                "ingest %s: %d shards are no longer listed (%s); their counts are kept until "
                "`conceptfreq forget CONFIG --vanished`",
                corpus.name,
                len(vanished),
                enumerated(vanished),
            )
        self.judge.pass_over(corpus, vanished)

    @contextmanager
    def _going_on(self, what: str, corpus: Corpus | None = None) -> Iterator[None]:
        """Note what ends a stage here, and go on without that corpus. Settings that are refused end the run."""
        try:
            yield
        except Exception as error:
            reason = reason_to_go_on(error, self.context.lake.session)
            self._trouble_with(reason if reason.startswith(what) else f"{what}: {reason}")
            self.result.lease_held |= isinstance(error, LeaseHeld)
            if corpus:
                self.left_out.add(corpus.name)

    def _add(self, result: Result) -> None:
        self.result.stages += result.stages
        self.result.written += result.written
        for trouble in result.troubles:
            self._trouble_with(trouble)

    def _trouble_with(self, what: object | None) -> None:
        """Log what is amiss, if anything is, and keep it for the result."""
        if what is not None:
            log.error("%s", what)
            self.result.troubles.append(str(what))
