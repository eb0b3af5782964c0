"""What of a corpus can be verified: the shards that are done at every stage and are still what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.core.context import Context
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake import specs
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages.run import PLANS


@dataclass(frozen=True)
class Finished:
    """A corpus's shards that are done, by name with their samples; `specs` by stage; `others` are not done, or changed
    or gone since.
    """

    corpus: Corpus
    root: str
    specs: Mapping[str, str]
    samples: Mapping[str, int]
    others: int


def compared_stages(settings: Settings) -> tuple[str, ...]:
    """The stages whose rows are compared: ingest, and those of the searches that the settings have."""
    tagged = settings.images is not None and settings.images.tagger is not None
    asked = {"captions": settings.captions is not None, "images": tagged}
    found = tuple(stage for stage, wanted in asked.items() if wanted)
    if not settings.corpora or not found:
        raise SettingsError(
            f"{settings.name}: there is nothing to verify without 'corpora', and 'captions' or 'images.tagger'"
        )
    return ("ingest", *found)


def finished(context: Context, corpus: Corpus) -> Finished:
    """The shards of a corpus that are done at every stage under the settings' specs.

    Raises SpecChanged if a stage has results under other settings only, ConceptfreqError where no shard is done.
    """
    plans = {stage: PLANS[stage](context, corpus) for stage in compared_stages(context.settings)}
    for stage, plan in plans.items():
        specs.refuse_changed(context.lake, corpus.name, stage, plan.specs, context.ledger.newest(corpus.name, stage))
    done = set.intersection(
        *({u.shard for u in plan.planned} - {u.shard for u in plan.pending} for plan in plans.values())
    )
    read = context.ledger.done(corpus.name, "ingest", plans["ingest"].specs[0].id)
    if not done:
        raise ConceptfreqError(
            f"corpus {corpus.name}: no shard is done at {', '.join(plans)} under these settings, or all have changed "
            "since: run `conceptfreq run`"
        )
    return Finished(
        corpus=corpus,
        root=context.listings.of(corpus).root,
        specs={stage: plan.specs[0].id for stage, plan in plans.items()},
        samples={shard: read[shard]["samples"] for shard in sorted(done)},
        others=len({*read, *(unit.shard for unit in plans["ingest"].planned)} - done),
    )
