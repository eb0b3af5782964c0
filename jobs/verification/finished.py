"""What of a corpus can be verified: the shards that are done at every stage and are still what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.core.context import Context
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake import specs
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages.registry import plans, shard_stages, wanted_stages


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
    found = tuple(stage.name for stage in shard_stages(wanted_stages(settings)) if stage.search in settings.searches)
    if not found:
        raise SettingsError(
            f"{settings.name}: there is nothing to verify without 'corpora', and 'captions' or 'images.tagger'"
        )
    return ("ingest", *found)


def finished(context: Context, corpus: Corpus) -> Finished:
    """The shards of a corpus that are done at every stage under the settings' specs.

    Raises SpecChanged where a stage has results under other settings only, ConceptfreqError where no shard is done.
    """
    planned = plans(context, corpus, compared_stages(context.settings))
    for stage, plan in planned.items():
        specs.refuse_changed(context.lake, corpus.name, stage, plan.specs, context.ledger.newest(corpus.name, stage))
    done = set.intersection(
        *({u.shard for u in plan.planned} - {u.shard for u in plan.pending} for plan in planned.values())
    )
    read = context.ledger.done(corpus.name, "ingest", planned["ingest"].specs[0].id)
    if not done:
        raise ConceptfreqError(
            f"corpus {corpus.name}: no shard is done at {', '.join(planned)} under these settings, or all have changed "
            "since: run `conceptfreq run`"
        )
    return Finished(
        corpus=corpus,
        root=context.listings.of(corpus).root,
        specs={stage: plan.specs[0].id for stage, plan in planned.items()},
        samples={shard: read[shard]["samples"] for shard in sorted(done)},
        others=len({*read, *(unit.shard for unit in planned["ingest"].planned)} - done),
    )
