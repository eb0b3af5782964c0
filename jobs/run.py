"""Every stage that the settings ask for, in order: what a run does, and what it would do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from jobs import audit, captions, count, evaluate, fit, images, ingest, report, totals
from jobs.core import specs
from jobs.core.context import Context
from jobs.core.errors import SettingsError
from jobs.core.lineage import stage_specs
from jobs.core.settings import Corpus, Settings
from jobs.core.waves import Plan, Summary, execute

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
    """What a command did: stages by corpus, and what stands in the way of calling it done."""

    stages: list[Summary] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Shards that failed, over all stages."""
        return sum(len(summary.failed) for summary in self.stages)

    @property
    def complete(self) -> bool:
        """Whether every planned shard is done."""
        return all(summary.done == summary.planned for summary in self.stages)

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

    Raises SpecChanged before anything is written where a setting that can change results differs from those of the
    lake, unless the context starts a new spec.
    """
    if not context.settings.corpora and set(stages) & set(PLANS):
        raise SettingsError(f"{context.settings.name}: the stages {', '.join(stages)} need the section 'corpora'")
    if not context.new_spec:
        refuse_changed(context, stages)
    result = Result()
    for stage in stages:
        context.ledger.refresh()
        if stage in PLANS:
            _run_on_corpora(context, stage, result)
            if stage == "count":
                audit.summarise(context.lake, context.settings)
        elif stage == "evaluate":
            result.stages += evaluate.run(context)
        elif stage == "fit":
            result.written += fit.run(context)
        else:
            result.written += report.run(context)
    return result


def refuse_changed(context: Context, stages: Sequence[str]) -> None:
    """Refuse settings under which the lake has no results while it has some under others."""
    for stage in stages:
        for corpus in context.settings.corpora if stage in PLANS else []:
            wanted = stage_specs(stage, context.settings, corpus)
            specs.refuse_changed(context.lake, corpus.name, stage, wanted, context.ledger.newest(corpus.name, stage))
    for one in evaluate.plan(context) if "evaluate" in stages and context.settings.evaluate else ():
        newest = context.ledger.newest(one.set.name, evaluate.STAGE, one.unit.shard)
        specs.refuse_changed(context.lake, one.set.name, evaluate.STAGE, [one.spec], newest)


def _run_on_corpora(context: Context, stage: str, result: Result) -> None:
    for corpus in context.settings.corpora:
        plan = PLANS[stage](context, corpus)
        if stage == "ingest":
            for shard in ingest.vanished(context, corpus):
                log.warning("ingest %s: shard %s is no longer listed; its counts are kept", corpus.name, shard)
        summary = execute(context, plan)
        result.stages.append(summary)
        if stage == "ingest":
            ingest.refuse_unreadable(context, corpus)
        if stage == "count" and totals.derive(context, corpus, count.counted_units(context, plan)):
            result.written.append("concept_counts")
