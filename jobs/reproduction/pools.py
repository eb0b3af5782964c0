"""Which published numbers go into one fit, or why none do: (set, concept) pairs, repeats of a name included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.core.protocols import CorpusPool, Pools, Task, TaskPool
from jobs.reproduction.records import ByModel, Measure, Published, Score, Search

TASKS: tuple[Task, ...] = ("classification", "retrieval", "t2i")
NAMED = 5


class Unfit(ValueError):
    """Why a fit cannot be made, in words."""


@dataclass(frozen=True)
class Key:
    """What is fitted: a model's performance under a measure, against the frequencies of a search."""

    search: Search
    measure: Measure
    model: str

    @property
    def title(self) -> str:
        """The key in words."""
        search = self.search.name if self.search.threshold is None else f"{self.search.name} {self.search.threshold:g}"
        prompt = f", {self.measure.prompt} prompts" if self.measure.prompt else ""
        return f"{self.search.corpus}, {search} search, {self.model}, {self.measure.metric}{prompt}"


@dataclass(frozen=True)
class Pool:
    """The pairs of one fit, n of each: names, their sets, frequencies in samples, scores in the published unit."""

    key: Key
    names: tuple[str, ...]
    set_of: tuple[str, ...]
    frequency: NDArray[np.float64]
    score: NDArray[np.float64]
    left_out: tuple[str, ...]
    """`set: concept` of pairs without a score, or with too few."""
    absent: tuple[str, ...]
    """Sets of the protocol that have no counts for this search."""


@dataclass(frozen=True)
class Refusal:
    """A fit that cannot be made, under which protocol, and why."""

    key: Key
    protocol: str
    reason: str


def make_pools(
    published: Published, pools: Pools, fixes: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Key, Pool | Unfit]]:
    """Every fit that the pools ask for and the tables have a search and a measure for, in the order of the tables.

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
    """The one key that names both the corpus and the backbone; Unfit where none or several do.

    The authors take the first of several, which depends on the order of a file.
    """
    fitting = [key for key in keys if corpus in key and backbone in key]
    if not fitting:
        raise Unfit(f"no model's key names both {backbone} and {corpus}")
    if len(fitting) > 1:
        raise Unfit(f"{len(fitting)} model keys fit {backbone} on {corpus}: {', '.join(sorted(fitting))}")
    return fitting[0]


def _models(published: Published, wanted: CorpusPool, pool: TaskPool, measure: Measure) -> list[str]:
    if wanted.models is not None:
        return wanted.models
    sets = published.scores[measure]
    return sorted({model for name in pool.sets for model in sets.get(name, {})})


def _pool(published: Published, key: Key, pool: TaskPool, fixes: Mapping[str, Mapping[str, str]]) -> Pool:
    counts, scores = published.counts[key.search], published.scores[key.measure]
    own_name = pool.corpora[key.search.corpus].models is None
    rows: list[tuple[str, str, int, float]] = []
    without: list[str] = []
    few: list[str] = []
    wanted = pool.sets_of(key.search.name)
    for name in (name for name in wanted if name in counts):
        found = _scores_of(scores.get(name, {}), key, name, own_name)
        spelled = {counted: evaluated for evaluated, counted in fixes.get(name, {}).items()}
        for concept, count in sorted(counts[name].items()):
            score = found.get(concept) or found.get(spelled.get(concept, concept))
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
        left_out=(*without, *few),
        absent=tuple(name for name in wanted if name not in counts),
    )


def _scores_of(models: ByModel, key: Key, name: str, own_name: bool) -> Mapping[str, Score]:
    """The scores of a set under the key's model. Its own name where the protocol names no backbones."""
    if own_name:
        return models.get(key.model, {})
    try:
        return models[matching_model(models, key.search.corpus, key.model)]
    except Unfit as reason:
        measured = ", ".join(part for part in (key.measure.metric, key.measure.prompt) if part)
        raise Unfit(f"{name} ({measured}): {reason}" if models else f"{name}: no {measured} is published") from None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
