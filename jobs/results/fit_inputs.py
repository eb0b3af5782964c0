"""The inputs of fits: the frequencies of a search paired with the performance of a model, from the tables.

All sets of the settings are pooled, as in the paper. A concept in several sets is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from jobs.analysis.protocol import Protocol
from jobs.core.context import Context
from jobs.core.stage_specs import evaluation_spec, search_specs
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.answers import Frequency
from jobs.results.fitted import FitInput
from jobs.results.frequencies import frequencies
from jobs.settings.corpora import Corpus
from jobs.settings.protocols import load_protocols


@dataclass(frozen=True)
class Score:
    """A model's performance on a class of a set."""

    set: str
    concept: str
    model: str
    prompt: str
    metric: str
    value: float
    samples: int | None


def fit_inputs(context: Context, corpora: Sequence[Corpus]) -> list[FitInput]:
    """All fits that the settings ask for: `corpora` x searches x thresholds x models x prompts x protocols.

    Raises ConceptfreqError if nothing is evaluated yet, or if an evaluated concept was not counted (it is named).
    """
    settings = context.settings
    if settings.evaluate is None or settings.fit is None:
        raise SettingsError(f"{settings.name}: fitting needs the sections 'evaluate' and 'fit'")
    scores = list(_scores(context))
    if not scores:
        raise ConceptfreqError(f"{settings.name}: nothing is evaluated yet: run `conceptfreq evaluate`")
    groups: dict[tuple[str, str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((score.model, score.prompt, score.metric), []).append(score)
    protocols = load_protocols(settings.fit.protocols)
    found = []
    for corpus in corpora:
        binned = [protocol.binning("classification", corpus.name) for protocol in protocols]
        for search in search_specs(settings, corpus, context.identities):
            counted = frequencies(context, corpus, search)
            for threshold in sorted({row.threshold for row in counted}, key=lambda value: value or 0):
                rows = {row.concept: row for row in counted if row.threshold == threshold}
                pools = [_input(corpus, search, threshold, rows, groups[key], binned[0]) for key in sorted(groups)]
                found += [replace(pool, protocol=protocol) for pool in pools for protocol in binned]
    return found


def under_first_protocol(items: Sequence[FitInput]) -> list[FitInput]:
    """One item per pool of concepts: the one with the protocol that the settings name first."""
    return [item for item in items if item.protocol.name == items[0].protocol.name]


def _scores(context: Context) -> Iterator[Score]:
    settings = context.settings
    assert settings.evaluate is not None
    for one_set in settings.evaluate.sets:
        for model in settings.evaluate.models:
            spec = evaluation_spec(one_set, model, context.identities).id
            for row in context.lake.rows("evaluations", set=one_set.name, spec=spec, model=model.name):
                if row["value"] is not None and row["prompt"] in settings.evaluate.prompts:
                    yield Score(*(row[field.name] for field in fields(Score)))


def _input(
    corpus: Corpus,
    search: str,
    threshold: float | None,
    counted: dict[str, Frequency],
    scores: list[Score],
    protocol: Protocol,
) -> FitInput:
    uncounted = sorted({score.concept for score in scores if score.concept not in counted})
    if uncounted:
        raise ConceptfreqError(
            f"corpus {corpus.name}, {search} search: {len(uncounted)} evaluated concepts have no frequency "
            f"({', '.join(uncounted[:5])}): run `conceptfreq count`"
        )
    pairs = [(score, counted[score.concept].frequency) for score in scores]
    used = [(score, frequency) for score, frequency in pairs if frequency is not None]
    first = scores[0]
    return FitInput(
        corpus=corpus.name,
        search=search,
        threshold=threshold,
        sets=tuple(sorted({score.set for score in scores})),
        model=first.model,
        prompt=first.prompt,
        metric=first.metric,
        protocol=protocol,
        names=tuple(score.concept for score, _ in used),
        set_of=tuple(score.set for score, _ in used),
        frequency=tuple(frequency for _, frequency in used),
        score=tuple(score.value for score, _ in used),
        images=tuple(score.samples for score, _ in used),
        left_out=tuple(sorted(score.concept for score, frequency in pairs if frequency is None)),
    )
