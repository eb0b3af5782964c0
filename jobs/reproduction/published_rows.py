"""Reads the published rows: frequencies by search, set and concept, and performance by model and concept.

Only rows whose spec is of the stage `published` are read, so that our own counts never mix with the authors'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.published.parts import published_specs
from jobs.settings.protocols import Task

TASKS: Mapping[str, Task] = {"zero_shot": "classification", "retrieval": "retrieval", "t2i": "t2i"}
SEARCHES = ("text", "image", "integrated")


@dataclass(frozen=True)
class Search:
    """A search of a corpus: text, image or integrated, followed by `-METHOD` for another method of text search."""

    corpus: str
    name: str
    threshold: float | None

    @property
    def rank(self) -> tuple[int, str, float]:
        """The key of its place in tables and figures: text, image, integrated, then by threshold."""
        kind, _, method = self.name.partition("-")
        return SEARCHES.index(kind), method, self.threshold or 0.0

    @property
    def title(self) -> str:
        """Corpus and search in words."""
        name = self.name if self.threshold is None else f"{self.name} {self.threshold:g}"
        return f"{self.corpus}, {name} search"


@dataclass(frozen=True)
class PublishedScore:
    """A model's performance on a concept in its published unit, and the number of scores in the mean, if known."""

    value: float | None
    samples: int | None


@dataclass(frozen=True)
class PerformanceMeasure:
    """A measure of performance: task, metric and prompt (empty if the task has none)."""

    task: Task
    metric: str
    prompt: str


@dataclass(frozen=True)
class PublishedMisalignment:
    """Samples whose caption and image hold concepts and share none; `found` is max(|I|, |T|), `samples` the corpus."""

    corpus: str
    threshold: float | None
    misaligned: int
    found: int | None
    samples: int | None


ByConcept = Mapping[str, int]
ByModel = Mapping[str, Mapping[str, PublishedScore]]


@dataclass(frozen=True)
class PublishedResults:
    """All published rows: `counts` search -> set -> concept -> samples; `scores` measure -> set -> model -> concept."""

    counts: Mapping[Search, Mapping[str, ByConcept]]
    scores: Mapping[PerformanceMeasure, Mapping[str, ByModel]]
    units: Mapping[PerformanceMeasure, Mapping[str, str]]
    """Measure -> set -> unit: each file of retrieval is either in shares or in percent."""
    misaligned: tuple[PublishedMisalignment, ...]

    def searches(self, corpus: str) -> list[Search]:
        """The searches of a corpus, in the order of tables and figures."""
        return sorted((search for search in self.counts if search.corpus == corpus), key=lambda search: search.rank)

    def measures(self, task: Task) -> list[PerformanceMeasure]:
        """The measures of a task, by metric and prompt."""
        return sorted((m for m in self.scores if m.task == task), key=lambda m: (_natural(m.metric), m.prompt))


def read_published(lake: Lake, text_method: str) -> PublishedResults:
    """All published rows of the lake. `text_method` is the method whose search is called just `text`.

    Raises ConceptfreqError if nothing was imported.
    """
    specs = published_specs(lake)
    if not specs:
        raise ConceptfreqError(f"{lake.at}: no published results: run `conceptfreq import-published` first")
    counts, misaligned = _counts(lake, specs, text_method)
    return PublishedResults(counts, *_scores(lake, specs), misaligned)


def _counts(
    lake: Lake, specs: Mapping[str, Any], text_method: str
) -> tuple[dict[Search, dict[str, dict[str, int]]], tuple[PublishedMisalignment, ...]]:
    counts: dict[Search, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    totals: dict[tuple[str, float | None], dict[str, int]] = defaultdict(dict)
    columns = lake.columns("concept_counts", "spec", "corpus", "threshold", "measure", "list", "concept", "frequency")
    for spec, corpus, threshold, measure, name, concept, frequency in zip(*columns, strict=True):
        body = specs.get(spec, {})
        if body.get("kind") == "search_counts" and measure == "concept":
            counts[Search(corpus, _search_name(body, text_method), threshold)][name][concept] = frequency
        elif body.get("kind") == "misalignment":
            totals[corpus, threshold][measure] = frequency
    found = [
        PublishedMisalignment(corpus, threshold, measures["misaligned"], measures.get("found"), measures.get("samples"))
        for (corpus, threshold), measures in sorted(totals.items(), key=str)
        if "misaligned" in measures
    ]
    return {search: dict(sets) for search, sets in counts.items()}, tuple(found)


def _search_name(body: Mapping[str, Any], text_method: str) -> str:
    method = body.get("method")
    return str(body["search"]) if method in (None, text_method) else f"{body['search']}-{method}"


def _scores(
    lake: Lake, specs: Mapping[str, Any]
) -> tuple[
    dict[PerformanceMeasure, dict[str, dict[str, dict[str, PublishedScore]]]], dict[PerformanceMeasure, dict[str, str]]
]:
    scores: dict[PerformanceMeasure, dict[str, dict[str, dict[str, PublishedScore]]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    units: dict[PerformanceMeasure, dict[str, str]] = defaultdict(dict)
    columns = lake.columns(
        "evaluations", "spec", "metric", "prompt", "unit", "set", "model", "concept", "value", "samples"
    )
    for spec, metric, prompt, unit, name, model, concept, value, samples in zip(*columns, strict=True):
        task = TASKS.get(specs.get(spec, {}).get("kind", ""))
        if task is None:
            continue
        measure = PerformanceMeasure(task, metric, prompt)
        units[measure][name] = unit
        scores[measure][name].setdefault(model, {})[concept] = PublishedScore(value, samples)
    return {measure: dict(sets) for measure, sets in scores.items()}, dict(units)


def _natural(metric: str) -> tuple[str, int]:
    """A sort key that puts recall@5 before recall@10."""
    name, _, k = metric.partition("@")
    return name, int(k) if k.isdigit() else 0
