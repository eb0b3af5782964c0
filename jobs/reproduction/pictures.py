"""Draws the figures of a reproduction, one at a time. Figures of fits show those of the first protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from matplotlib.figure import Figure

from jobs.analysis.search_words import above
from jobs.figures.crossings import crossings_figure
from jobs.figures.forms import forms_figure
from jobs.figures.many_laws import Panel, Series, laws_figure
from jobs.figures.tails import tails_figure
from jobs.figures.wag import wag_figure
from jobs.reproduction.fits import PoolFit
from jobs.reproduction.forms_and_joint import FormsOfPool
from jobs.reproduction.recompute import Reproduction

Grouped = TypeVar("Grouped", PoolFit, FormsOfPool)
SPANS = {"percent": (0.0, 100.0), "share": (0.0, 1.0)}


def pictures(found: Reproduction) -> Iterator[tuple[str, Figure]]:
    """Names and figures, in the paper's order: accuracy, forms, thresholds, retrieval, T2I, corpora, tail, Wag."""
    yield from _accuracies(found)
    yield from _forms(found)
    yield from _thresholds(found)
    yield from _retrieval(found)
    yield from _text_to_image(found)
    if found.crossings:
        yield "cross_corpora", _crossings(found)
    if found.tails:
        yield "long_tail", _tails(found)
    if found.wag and found.wag.points:
        yield "let_it_wag", _wag(found)


def _accuracies(found: Reproduction) -> Iterator[tuple[str, Figure]]:
    for corpus, fits in _grouped(found.shown, lambda fit: fit.pool.key.search.corpus):
        panels = _panels(fits, _search_title)
        title = f"{corpus}: zero-shot accuracy, {fits[0].pool.key.measure.prompt} prompts"
        yield f"accuracy_{corpus}", _draw(found, fits, panels, title)


def _forms(found: Reproduction) -> Iterator[tuple[str, Figure]]:
    """The forms for one fit of each corpus: image search, its first model."""
    by_image = (one for one in found.forms if one.fit.pool.key.search.name == "image")
    for corpus, [one, *_] in _grouped(by_image, lambda one: one.fit.pool.key.search.corpus):
        pool, key = one.fit.pool, one.fit.pool.key
        label = "zero-shot accuracy, %" if pool.unit == "percent" else "zero-shot accuracy"
        least = one.fit.law.protocol.zero_becomes
        figure = forms_figure(pool.set_of, pool.frequency, pool.score, one.forms, key.title, label, least)
        yield f"forms_{corpus}", figure


def _thresholds(found: Reproduction) -> Iterator[tuple[str, Figure]]:
    wanted = [
        fit
        for fit in found.under_first_protocol("classification")
        if fit.pool.key.search.name == "image" and fit.pool.key.measure.prompt == found.pools.threshold_prompt
    ]
    for corpus, fits in _grouped(wanted, lambda fit: fit.pool.key.search.corpus):
        panels = _panels(fits, _search_title)
        if len(panels) > 1:
            title = f"{corpus}: image search at {len(panels)} thresholds, {found.pools.threshold_prompt} prompts"
            yield f"thresholds_{corpus}", _draw(found, fits, panels, title)


def _retrieval(found: Reproduction) -> Iterator[tuple[str, Figure]]:
    for place, fits in _grouped(found.under_first_protocol("retrieval"), _place):
        panels = _panels(fits, lambda fit: fit.pool.key.measure.metric.replace("_", " "))
        title = f"{place}: retrieval of {' and '.join(sorted(set(fits[0].pool.set_of)))}"
        yield f"retrieval_{_file(place)}", _draw(found, fits, panels, title)


def _text_to_image(found: Reproduction) -> Iterator[tuple[str, Figure]]:
    for place, fits in _grouped(found.under_first_protocol("t2i"), _place):
        panels = _panels(fits, lambda fit: found.pools.metric_title("t2i", fit.pool.key.measure.metric))
        yield f"t2i_{_file(place)}", _draw(found, fits, panels, f"{place}: text-to-image scores against frequency")


def _crossings(found: Reproduction) -> Figure:
    known = list(found.pools.classification.corpora)
    named = {corpus for crossing in found.crossings for corpus in crossing.corpora}
    corpora = [*(c for c in known if c in named), *sorted(named - set(known))]
    cells: dict[str, dict[tuple[str, str], tuple[float | None, int]]] = {}
    for crossing in found.crossings:
        pair = crossing.by_concept
        cells.setdefault(crossing.search, {})[crossing.corpora] = (pair.spearman, pair.paired)
    return crossings_figure(cells, corpora, "Frequencies of one corpus against another")


def _tails(found: Reproduction) -> Figure:
    curves: dict[str, dict[str, tuple]] = {}
    for tail in found.tails:
        curves.setdefault(tail.search.name, {})[tail.search.corpus] = (tail.tail.share, tail.tail.zeros)
    return tails_figure(curves, "The long tail of concept frequencies")


def _wag(found: Reproduction) -> Figure:
    wag = found.wag
    assert wag is not None
    points, settings = wag.points, wag.settings
    return wag_figure(
        [_backbone_and_corpus(point.model) for point in points],
        [point.against for point in points],
        [point.wag for point in points],
        (wag.below, wag.above),
        settings.split,
        (settings.against, settings.set),
        wag.classes,
    )


def _backbone_and_corpus(key: str) -> tuple[str, str]:
    backbone, _, corpus = key.removeprefix("backbone").partition("_pretrained")
    return backbone, corpus or "other"


def _draw(found: Reproduction, fits: Sequence[PoolFit], panels: Sequence[Panel], title: str) -> Figure:
    measure = fits[0].pool.key.measure
    unit = fits[0].pool.unit
    label = {"classification": "accuracy", "retrieval": "recall", "t2i": "score"}[measure.task]
    return laws_figure(panels, title, f"{label}, %" if unit == "percent" else label, span=SPANS.get(unit))


def _panels(fits: Iterable[PoolFit], title: Callable[[PoolFit], str]) -> list[Panel]:
    return [
        Panel(
            name, [Series(fit.pool.key.model, fit.pool.frequency, fit.pool.score, fit.law, fit.pooled) for fit in group]
        )
        for name, group in _grouped(fits, title)
    ]


def _grouped(fits: Iterable[Grouped], key: Callable[[Grouped], str]) -> list[tuple[str, list[Grouped]]]:
    """Fits by a key, in the order of the key's first appearance."""
    groups: dict[str, list[Grouped]] = {}
    for fit in fits:
        groups.setdefault(key(fit), []).append(fit)
    return list(groups.items())


def _search_title(fit: PoolFit) -> str:
    search = fit.pool.key.search
    return above(f"{search.name} search", search.threshold)


def _place(fit: PoolFit) -> str:
    return f"{fit.pool.key.search.corpus}, {_search_title(fit)}"


def _file(place: str) -> str:
    return place.replace(",", "").replace(" search", "").replace(" above", "").replace(" ", "_")
