"""Pools the published numbers of one fit, or tells why there is none: (set, concept) pairs, with repeats of a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.reproduction.published_rows import ByModel, PerformanceMeasure, PublishedResults, PublishedScore, Search
from jobs.settings.protocols import CorpusPool, Pools, Task, TaskPool

TASKS: tuple[Task, ...] = ("classification", "retrieval", "t2i")
NAMED = 5


class Unfit(ValueError):
    """A fit cannot be made; the message is the reason."""


@dataclass(frozen=True)
class Key:
    """The subject of a fit: a model's performance under a measure, against the frequencies of a search."""

    search: Search
    measure: PerformanceMeasure
    model: str

    @property
    def title(self) -> str:
        """The key in words."""
        prompt = f", {self.measure.prompt} prompts" if self.measure.prompt else ""
        return f"{self.search.title}, {self.model}, {self.measure.metric}{prompt}"


@dataclass(frozen=True)
class Pool:
    """The pairs of one fit, n of each: names, their sets, frequencies in samples, scores in the published unit."""

    key: Key
    names: tuple[str, ...]
    set_of: tuple[str, ...]
    frequency: NDArray[np.float64]
    score: NDArray[np.float64]
    unit: str
    left_out: tuple[str, ...]
    """`set: concept` of pairs without a score, or with too few."""
    absent: tuple[str, ...]
    """Sets of the protocol that have no counts for this search."""


@dataclass(frozen=True)
class RefusedFit:
    """A fit that cannot be made, its protocol, and the reason."""

    key: Key
    protocol: str
    reason: str


def make_pools(
    published: PublishedResults, pools: Pools, fixes: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Key, Pool | Unfit]]:
    """Every fit of the pools for which the tables have a search and a measure, in the order of the tables.

    `fixes` maps, for a set, a concept's name in the evaluations to its name in the counts.
    """
    for task in TASKS:
        pool = pools.task(task)
        for corpus, wanted in pool.corpora.items():
            for search in published.searches(corpus):
                if not set(pool.sets_of(search.name)) & set(published.counts[search]):
                    continue
                for measure in published.measures(task):
                    for model in _models(published, wanted, pool, measure):
                        key = Key(search, measure, model)
                        try:
                            yield key, _pool(published, key, pool, fixes)
                        except Unfit as reason:
                            yield key, reason


def matching_model(keys: Iterable[str], corpus: str, backbone: str) -> str:
    """The one key that names both the corpus and the backbone; raises Unfit if none or several do.

    The authors take the first of several, which depends on the order of a file.
    """
    fitting = [key for key in keys if corpus in key and backbone in key]
    if not fitting:
        raise Unfit(f"no model's key names both {backbone} and {corpus}")
    if len(fitting) > 1:
        raise Unfit(f"{len(fitting)} model keys fit {backbone} on {corpus}: {', '.join(sorted(fitting))}")
    return fitting[0]


def _models(published: PublishedResults, wanted: CorpusPool, pool: TaskPool, measure: PerformanceMeasure) -> list[str]:
    if wanted.models is not None:
        return wanted.models
    sets = published.scores[measure]
    return sorted({model for name in pool.sets for model in sets.get(name, {})})


def _pool(published: PublishedResults, key: Key, pool: TaskPool, fixes: Mapping[str, Mapping[str, str]]) -> Pool:
    wanted = pool.sets_of(key.search.name)
    searched = published.counts[key.search]
    counts = {name: searched[name] for name in wanted if name in searched}
    scores = _scores(published, key, counts, pool.corpora[key.search.corpus].models is None)
    rows: list[tuple[str, str, int, float]] = []
    without: list[str] = []
    few: list[str] = []
    for name, counted in counts.items():
        spelled = {in_counts: in_scores for in_scores, in_counts in fixes.get(name, {}).items()}
        for concept, count in sorted(counted.items()):
            score = scores[name].get(concept) or scores[name].get(spelled.get(concept, concept))
            if score is None or score.value is None:
                without.append(f"{name}: {concept}")
            elif score.samples is not None and score.samples < pool.min_scores:
                few.append(f"{name}: {concept}")
            else:
                rows.append((concept, name, count, score.value))
    if without and pool.uncounted == "refuse":
        raise Unfit(f"{len(without)} counted concepts have no {key.measure.metric}: {_some(without)}")
    if not rows:
        raise Unfit("no counted concept has a score")
    names, set_of, frequency, score_of = zip(*rows, strict=True)
    return Pool(
        key,
        names,
        set_of,
        np.array(frequency, np.float64),
        np.array(score_of, np.float64),
        _unit(published, key.measure, dict.fromkeys(set_of)),
        left_out=(*without, *few),
        absent=tuple(name for name in wanted if name not in counts),
    )


def _unit(published: PublishedResults, measure: PerformanceMeasure, sets: Iterable[str]) -> str:
    """The one unit of the sets' scores; raises Unfit if there are several."""
    units: dict[str, list[str]] = {}
    for name in sets:
        units.setdefault(published.units[measure][name], []).append(name)
    if len(units) > 1:
        found = " and ".join(f"in {unit} for {', '.join(names)}" for unit, names in units.items())
        raise Unfit(f"{measure.metric} is {found}: they cannot be pooled; import files of one unit")
    return next(iter(units))


def _scores(
    published: PublishedResults, key: Key, counts: Mapping[str, Mapping[str, int]], own_name: bool
) -> dict[str, Mapping[str, PublishedScore]]:
    """The scores of each counted set under the key's model; raises Unfit, which names the sets without scores."""
    models = published.scores[key.measure]
    found: dict[str, Mapping[str, PublishedScore]] = {}
    unfit: dict[str, list[str]] = {}
    for name in counts:
        try:
            found[name] = _scores_of(models.get(name, {}), key, own_name)
        except Unfit as reason:
            unfit.setdefault(str(reason), []).append(name)
    if unfit:
        measured = ", ".join(part for part in (key.measure.metric, key.measure.prompt) if part)
        raise Unfit(
            "; ".join(
                f"{', '.join(names)} ({measured}; {sum(len(counts[name]) for name in names):,} concepts): {reason}"
                for reason, names in unfit.items()
            )
        )
    return found


def _scores_of(models: ByModel, key: Key, own_name: bool) -> Mapping[str, PublishedScore]:
    """The scores of a set under the key's model; with `own_name`, under exactly that name."""
    if own_name:
        return models.get(key.model, {})
    if not models:
        raise Unfit("none is published")
    return models[matching_model(models, key.search.corpus, key.model)]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
