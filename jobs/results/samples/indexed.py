"""What answers concepts, on a list or not: the halves of a search, its threshold, and the shards that are indexed."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec, index_specs
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.ledger import Unit
from jobs.results.counts.published_counts import published_corpora
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search, Settings

HALVES: dict[Search, tuple[str, ...]] = {"text": ("text",), "image": ("image",), "integrated": ("text", "image")}


def searched_halves(context: Context, search: Search) -> tuple[str, ...]:
    """The halves, text or image, that a search needs. Raises SettingsError if the settings lack one."""
    for half in HALVES[search]:
        if half not in context.settings.searches:
            raise SettingsError(f"--search {search}: {context.settings.name} has no {half} search")
    return HALVES[search]


def corpora_with_samples(context: Context, name: str | None, why: str) -> list[Corpus]:
    """The corpus of this name, or all of the settings, but none with published counts alone; `why` samples are needed.

    Raises ConceptfreqError if only published ones are there, and SettingsError for an unknown name.
    """
    settings = context.settings
    own = [one.name for one in settings.corpora]
    published = [one for one in published_corpora(context) if one not in own]
    if name in published or not own:
        of_them = f": of {name or ', '.join(published)} only published counts are there, and no samples"
        raise ConceptfreqError(f"{settings.name}: {why}{of_them if published else ', and no corpus is named'}")
    return settings.chosen(name)


def answering_shards(context: Context, corpus: Corpus, halves: Sequence[str]) -> list[Unit]:
    """The shards of which every half is indexed, by name; a unit's work is the number of its samples.

    Raises ConceptfreqError if a half has none, or the halves none in common: 0 of nothing is no answer.
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
    if not shards:
        searches = " and ".join(halves)
        raise ConceptfreqError(
            f"corpus {corpus.name}: no shard is indexed for both {searches} search: run `conceptfreq run` first"
        )
    return [Unit(shard, found[0][shard]["fingerprint"], found[0][shard]["samples"]) for shard in shards]


def chosen_thresholds(settings: Settings, search: Search, given: float | None) -> tuple[float, ...]:
    """The `given` threshold, or those of the settings; none for text.

    Raises SettingsError if the settings have no tagger, or if nothing is stored of what the threshold asks for.
    """
    if search == "text":
        if given is not None:
            raise SettingsError("text search has no threshold: leave it out")
        return ()
    tagger = settings.images.tagger if settings.images else None
    if tagger is None:
        raise SettingsError(f"{search} search: {settings.name} names no images.tagger")
    if given is not None and given < tagger.floor:
        raise SettingsError(f"threshold {given}: tags are stored above the floor {tagger.floor} only")
    return tagger.thresholds if given is None else (float(given),)


def chosen_threshold(settings: Settings, search: Search, given: float | None) -> float | None:
    """The first of `chosen_thresholds`; None for text."""
    return next(iter(chosen_thresholds(settings, search, given)), None)
