"""Every stage that the settings ask for, in order: what a run does, and what it would do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from jobs.core.context import Context
from jobs.core.failures import reason_to_go_on
from jobs.core.stage_specs import stage_specs
from jobs.core.waves import Plan, Summary, execute
from jobs.errors import SettingsError
from jobs.lake import specs
from jobs.results import audit
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages import captions, concept_counts, count, evaluate, fit, images, ingest, renames, report
from jobs.stages.usable import Judge
from udfs.shards.fields import enumerated

log = logging.getLogger(__name__)

PLANS: dict[str, Callable[[Context, Corpus], Plan]] = {
    "ingest": ingest.plan,
    "captions": captions.plan,
    "images": images.plan,
    "count": count.plan,
}
STAGES = (*PLANS, "evaluate", "fit", "report")


@dataclass
class Result:
    """What a command did: stages by corpus, and what stands in the way of calling it done.

    troubles: what ended a stage, for a corpus or at all, and what is short of usable samples, in sentences.
    """

    stages: list[Summary] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Shards that failed, over all stages."""
        return sum(len(summary.failed) for summary in self.stages)

    @property
    def complete(self) -> bool:
        """Whether every planned shard is done."""
        return all(summary.done == summary.planned for summary in self.stages)

    @property
    def succeeded(self) -> bool:
        """Whether everything planned is done and worth something."""
        return self.complete and not self.failed and not self.troubles

    @property
    def idle(self) -> bool:
        """Whether nothing was written because nothing was left to do."""
        return not self.written and not any(summary.committed for summary in self.stages)


def wanted_stages(settings: Settings) -> tuple[str, ...]:
    """The stages whose sections the settings have."""
    searches = settings.captions or (settings.images and settings.images.tagger)
    asked = {
        "ingest": bool(settings.corpora),
        "captions": bool(settings.corpora and settings.captions),
        "images": bool(settings.corpora and settings.images),
        "count": bool(settings.corpora and settings.concepts and searches),
        "evaluate": settings.evaluate is not None,
        "fit": settings.fit is not None,
        "report": True,
    }
    return tuple(stage for stage in STAGES if asked[stage])


def run(context: Context, stages: Sequence[str]) -> Result:
    """Run `stages`, each over every corpus, and say what came of it.

    A corpus that ends a stage is left out of the later ones; the others go on. Raises SpecChanged before anything is
    written where a setting that can change results differs from those of the lake, unless the context starts a new
    spec; FoundationLost where session or disk are gone.
    """
    if not context.settings.corpora and set(stages) & set(PLANS):
        raise SettingsError(f"{context.settings.name}: the stages {', '.join(stages)} need the section 'corpora'")
    if not context.new_spec:
        refuse_changed(context, stages)
    work = _Work(context, tuple(stages), Judge(context))
    for stage in stages:
        context.ledger.refresh()
        work.do(stage)
    return work.result


def refuse_changed(context: Context, stages: Sequence[str]) -> None:
    """Refuse settings under which the lake has no results while it has some under others."""
    for stage in stages:
        for corpus in context.settings.corpora if stage in PLANS else []:
            wanted = stage_specs(stage, context.settings, corpus)
            specs.refuse_changed(context.lake, corpus.name, stage, wanted, context.ledger.newest(corpus.name, stage))
    for one in evaluate.plan(context) if "evaluate" in stages and context.settings.evaluate else ():
        newest = context.ledger.newest(one.set.name, evaluate.STAGE, one.unit.shard)
        specs.refuse_changed(context.lake, one.set.name, evaluate.STAGE, [one.spec], newest)


@dataclass
class _Work:
    context: Context
    stages: tuple[str, ...]
    judge: Judge
    result: Result = field(default_factory=Result)
    left_out: set[str] = field(default_factory=set)

    def do(self, stage: str) -> None:
        """One stage: over the corpora that are left where it is of corpora."""
        if stage in (*PLANS, "fit"):
            for corpus in self.context.settings.corpora:
                if corpus.name not in self.left_out:
                    self._fit(corpus) if stage == "fit" else self._work_through(stage, corpus)
        if stage == "count":
            audit.summarise(self.context.lake, self.context.settings)
        elif stage == "evaluate":
            with self._going_on(stage):
                self.result.stages += evaluate.run(self.context)
        elif stage == "report":
            with self._going_on(stage):
                self.result.written += report.run(self.context)

    @contextmanager
    def _going_on(self, what: str, corpus: Corpus | None = None) -> Iterator[None]:
        """Note what ends a stage here, and go on without that corpus. Settings that are refused end the run."""
        try:
            yield
        except Exception as error:
            reason = reason_to_go_on(error, self.context.lake.session)
            self._trouble_with(reason if reason.startswith(what) else f"{what}: {reason}")
            if corpus:
                self.left_out.add(corpus.name)

    def _trouble_with(self, what: object | None) -> None:
        """Say what is amiss, if anything is, and note it for the end."""
        if what is not None:
            log.error("%s", what)
            self.result.troubles.append(str(what))

    def _work_through(self, stage: str, corpus: Corpus) -> None:
        context = self.context
        with self._going_on(f"{stage}, corpus {corpus.name}", corpus):
            if stage == "ingest":
                renames.follow(context, corpus, tuple(PLANS))
                self._pass_over_vanished(corpus)
            plan = PLANS[stage](context, corpus)
            self.result.stages.append(execute(context, plan))
            if stage != "count":
                self._trouble_with(self.judge.judge(corpus, plan))
                return
            self._judge_what_is_counted(corpus)
            if concept_counts.derive(context, corpus, count.counted_units(context, plan)):
                self.result.written.append("concept_counts")

    def _judge_what_is_counted(self, corpus: Corpus) -> None:
        """What an earlier run made; what this one makes is judged when it is made."""
        for stage in ("captions", "images"):
            if stage in wanted_stages(self.context.settings) and stage not in self.stages:
                self._trouble_with(self.judge.judge(corpus, PLANS[stage](self.context, corpus)))

    def _pass_over_vanished(self, corpus: Corpus) -> None:
        vanished = ingest.vanished(self.context, corpus)
        if vanished:
            log.warning(
                "ingest %s: %d shards are no longer listed (%s); their counts are kept until "
                "`conceptfreq forget CONFIG --vanished`",
                corpus.name,
                len(vanished),
                enumerated(vanished),
            )
        self.judge.pass_over(corpus, vanished)

    def _fit(self, corpus: Corpus) -> None:
        with self._going_on(f"fit, corpus {corpus.name}", corpus):
            written, unlogged = fit.run(self.context, corpus)
            if written:
                self.result.written.append("fits")
            self._trouble_with(unlogged)
