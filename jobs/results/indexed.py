"""The shards of a corpus whose stored rows answer concepts, on a list or not."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec, index_specs
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.ledger import Unit
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search, Settings

HALVES: dict[Search, tuple[str, ...]] = {"text": ("text",), "image": ("image",), "integrated": ("text", "image")}


def searched_halves(context: Context, search: Search) -> tuple[str, ...]:
    """The halves, text or image, that a search needs. Raises SettingsError if the settings lack one."""
    for half in HALVES[search]:
        if half not in context.settings.searches:
            raise SettingsError(f"--search {search}: {context.settings.name} has no {half} search")
    return HALVES[search]


def thresholds_of(settings: Settings, search: Search, asked: float | None) -> tuple[float, ...]:
    """The threshold that is asked for, or those of the settings; none for text.

    Raises SettingsError if the search has no such threshold.
    """
    if search == "text":
        if asked is not None:
            raise SettingsError("--threshold: text search has no threshold")
        return ()
    tagger = settings.images.tagger if settings.images else None
    if tagger is None:
        raise SettingsError(f"--search {search}: {settings.name} names no images.tagger")
    if asked is not None and asked < tagger.floor:
        raise SettingsError(f"--threshold {asked}: tags are stored above the floor {tagger.floor} only")
    return tagger.thresholds if asked is None else (float(asked),)


def answering_shards(context: Context, corpus: Corpus, halves: Sequence[str]) -> list[Unit]:
    """The shards of which every half is indexed, by name; a unit's work is the number of its samples.

    Raises ConceptfreqError if a half has none: 0 of nothing is no answer.
    """
    indexed = index_specs(context.settings, corpus, context.identities)
    found = []
    for half in halves:
        if half in indexed:
            done = context.ledger.done(corpus.name, "index", indexed[half].id)
        else:
            spec = captions_spec(context.settings, corpus, context.identities)
            done = context.ledger.done(corpus.name, "captions", spec.id)
        if not done:
            raise ConceptfreqError(
                f"corpus {corpus.name}: no shard is indexed for {half} search: run `conceptfreq run` first"
            )
        found.append(done)
    shards = sorted(set(found[0]).intersection(*found))
    return [Unit(shard, found[0][shard]["fingerprint"], found[0][shard]["samples"]) for shard in shards]
