"""The scores of a model with every frequency of their concepts: own, published, and of other groups' tables.

Definitions are compared over the concepts that all of them and the scores have. What is not joined is counted and said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jobs.analysis.search_words import above
from jobs.core.context import Context
from jobs.errors import SettingsError
from jobs.lake.lake import Lake
from jobs.results.counts.imported_counts import imported_tables
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.joined_names import Pair, by_keys, corpus_key

SHOWN = 3


@dataclass(frozen=True, eq=False)
class CountedDefinition:
    """Samples by the keys of set and concept, under one way of counting; a threshold is a part of its name."""

    name: str
    search: str
    threshold: float | None
    samples: Mapping[Pair, float]
    imported: bool = False


@dataclass(frozen=True)
class ScoredDefinitions:
    """A model's scores by set and concept, and the definitions of frequency of one corpus."""

    corpus: str
    source: str
    model: str
    prompt: str
    metric: str
    scores: Mapping[Pair, float]
    definitions: tuple[CountedDefinition, ...]
    zero_becomes: float

    @property
    def title(self) -> str:
        """The corpus with its model, and the prompt or the metric, in words."""
        return f"{self.corpus}, {self.model}, {self.prompt or self.metric}"

    @property
    def common(self) -> list[Pair]:
        """The keys that the scores and every definition have."""
        return [pair for pair in self.scores if all(pair in one.samples for one in self.definitions)]

    def only(self, names: Collection[str]) -> ScoredDefinitions:
        """The same with definitions of these names alone."""
        return replace(self, definitions=tuple(one for one in self.definitions if one.name in names))

    def within(self, sets: Collection[str]) -> ScoredDefinitions:
        """The same with the scores of these sets alone, as `set_key` writes them."""
        return replace(self, scores={pair: value for pair, value in self.scores.items() if pair[0] in sets})

    @property
    def without_zeros(self) -> ScoredDefinitions:
        """The same with the scores alone of concepts that every definition finds."""
        found = {pair for pair in self.common if all(one.samples[pair] > 0 for one in self.definitions)}
        return replace(self, scores={pair: value for pair, value in self.scores.items() if pair in found})

    def with_tables(self, definitions: Sequence[CountedDefinition]) -> ScoredDefinitions:
        """The same with further definitions, as far as they share a set with the scores."""
        sets = {of_set for of_set, _ in self.scores}
        some = tuple(one for one in definitions if any(of_set in sets for of_set, _ in one.samples))
        return replace(self, definitions=(*self.definitions, *some))

    @property
    def not_joined(self) -> Iterator[str]:
        """For each definition that lacks scored concepts: how many, and of which sets it has none."""
        for one in self.definitions:
            sets = {of_set for of_set, _ in one.samples}
            lacks = [pair for pair in self.scores if pair not in one.samples]
            without = sorted({of_set for of_set, _ in lacks} - sets)
            named = [f"{of_set}: {concept}" for of_set, concept in lacks if of_set in sets]
            if lacks:
                yield (
                    f"{self.corpus}: {one.name} lacks {len(lacks):,} of {len(self.scores):,} scored concepts"
                    + (f", all of {', '.join(without)}" if without else "")
                    + (f"; {len(named):,} of other sets, as {', '.join(named[:SHOWN])}" if named else "")
                )


def own_definitions(context: Context) -> list[ScoredDefinitions]:
    """The settings' scores with their own counts; none without corpora or the section `fit`."""
    settings = context.settings
    if not settings.corpora or settings.fit is None:
        return []
    return definitions_of(under_first_protocol(fit_inputs(context, settings.corpora)))


def definitions_of(items: Sequence[FitInput]) -> list[ScoredDefinitions]:
    """The searches of each corpus, model, prompt and metric together."""
    groups: dict[tuple[str, str, str, str], list[FitInput]] = {}
    for item in items:
        groups.setdefault((item.corpus, item.model, item.prompt, item.metric), []).append(item)
    found = []
    for (corpus, model, prompt, metric), same in groups.items():
        scores = {pair: value for one in same for pair, value in by_keys(one.set_of, one.names, one.score).items()}
        counted = tuple(map(_counted, same))
        least = same[0].protocol.zero_becomes
        found.append(ScoredDefinitions(corpus, "own", model, prompt, metric, scores, counted, least))
    return found


def imported_definitions(lake: Lake) -> dict[str, list[CountedDefinition]]:
    """The definitions of other groups' tables by the key of their corpus."""
    found: dict[tuple[str, str, str], dict[Pair, float]] = {}
    for table in imported_tables(lake):
        key = (corpus_key(table.corpus), table.definition, table.search)
        samples = by_keys([table.set] * len(table.frequency), table.frequency, table.frequency.values())
        found.setdefault(key, {}).update(samples)
    tables: dict[str, list[CountedDefinition]] = {}
    for (corpus, name, search), samples in found.items():
        tables.setdefault(corpus, []).append(CountedDefinition(name, search, None, samples, imported=True))
    return tables


def chosen_definitions(
    given: Sequence[ScoredDefinitions], tables: Mapping[str, list[CountedDefinition]], names: Collection[str]
) -> list[ScoredDefinitions]:
    """Each of `given` with the tables of its corpus, and of all that the definitions of these names, or all.

    Raises SettingsError for a name that nothing has.
    """
    found = [one.with_tables(tables.get(corpus_key(one.corpus), [])) for one in given]
    known = dict.fromkeys(definition.name for one in found for definition in one.definitions)
    for name in names:
        if name not in known:
            raise SettingsError(f"no definition '{name}'; definitions: {', '.join(known) or 'none'}")
    return [one.only(names) if names else one for one in found]


def _counted(item: FitInput) -> CountedDefinition:
    samples = by_keys(item.set_of, item.names, item.frequency)
    return CountedDefinition(above(item.search, item.threshold), item.search, item.threshold, samples)
