"""Finds the shards of a corpus that can be verified: those done at every stage whose content has not changed since."""

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
    """The finished shards of a corpus by name, with their samples, and the specs by stage.

    `others` is the number of shards that are not done, or have changed or disappeared since.
    """

    corpus: Corpus
    root: str
    specs: Mapping[str, str]
    samples: Mapping[str, int]
    others: int


def compared_stages(settings: Settings) -> tuple[str, ...]:
    """The stages whose rows are compared: ingest, and those of the searches in the settings."""
    found = tuple(stage.name for stage in shard_stages(wanted_stages(settings)) if stage.search in settings.searches)
    if not found:
        raise SettingsError(
            f"{settings.name}: nothing to verify: add 'corpora', and 'captions' or 'images.tagger', to the settings"
        )
    return ("ingest", *found)


def finished(context: Context, corpus: Corpus) -> Finished:
    """The shards of a corpus that are done at every stage under the settings' specs.

    Raises SpecChanged if a stage has results only under other settings, ConceptfreqError if no shard is done.
    """
    planned = plans(context, corpus, compared_stages(context.settings))
    for stage, plan in planned.items():
        specs.refuse_changed(context.lake, corpus.name, stage, plan.specs, context.ledger.newest(corpus.name, stage))
    done = frozenset.intersection(*(plan.done for plan in planned.values()))
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
