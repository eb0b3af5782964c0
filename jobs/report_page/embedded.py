"""The numbers that the page's scripts read, as one JSON text: concepts by position, counts and scores as columns."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from jobs.analysis.line import log_frequency
from jobs.analysis.suspicions.kinds import KINDS
from jobs.analysis.tail import rank_curve
from jobs.analysis.verdict import verdict
from jobs.figures.readable import readable
from jobs.report_page.data import Flag, ReportData, SearchCounts
from jobs.report_page.embedded_cards import Json, companions_of, parts_of, strips_of
from jobs.report_page.formatting import fit_title
from jobs.report_page.pictures import Pictures
from jobs.report_page.shown_concepts import ShownConcepts
from jobs.results.fits.fitted import FitInput, Fitted

# Points of a curve of ranks: more than a screen has pixels for.
POINTS = 400
# What HTML or JavaScript might take for markup or for the end of a line.
_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def embedded(data: ReportData, shown: ShownConcepts, pictures: Pictures) -> str:
    """The JSON text, which holds no letter that could end its element."""
    at = {name: place for place, name in enumerate(shown.names)}
    places = {(one.corpus, one.search, one.threshold): place for place, one in enumerate(data.searches)}
    scores = _Scores(at)
    content = {
        "concepts": [readable(name) for name in shown.names],
        "ranked": shown.ranked,
        "searches": [_search(counts, at) for counts in data.searches],
        "laws": [_law(fit, places, scores) for fit in data.fits if _place(fit.item) in places],
        "scores": scores.blocks,
        "sets": [readable(name) for name in scores.sets],
        "parts": parts_of(data.parts, at),
        "companions": [companions_of(search, found, at) for search, found in data.companions.items()],
        "strips": strips_of(data.strips, at, pictures),
        "kinds": {kind: KINDS[kind] for kind in sorted({flag.kind for flag in data.flags})},
        "flags": [flag for flag in (_flag(one, at, places) for one in data.flags) if flag],
    }
    return as_element(content)


def as_element(content: Json) -> str:
    """JSON that may stand inside a script's element: no letter of it could end the element, or be markup."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_ESCAPES)


def _search(counts: SearchCounts, at: Mapping[str, int]) -> Json:
    """A search with the frequencies of the shown concepts: null if it cannot answer, -1 if it was not asked."""
    frequency: list[int | None] = [-1] * len(at)
    for concept in counts.concepts:
        if concept.name in at:
            frequency[at[concept.name]] = concept.frequency
    ranks, frequencies = rank_curve([number for _, number in counts.found], POINTS)
    return {
        "corpus": readable(counts.corpus),
        "search": readable(counts.search),
        "threshold": counts.threshold,
        "label": readable(counts.label),
        "counts": frequency,
        "ranks": ranks.tolist(),
        "frequencies": frequencies.tolist(),
        "never": len(counts.never),
        "reasons": [[readable(why), [at[name] for name in names if name in at]] for why, names in counts.reasons],
    }


class _Scores:
    """Blocks of scores, each once: corpora and searches of one model and prompt share theirs."""

    def __init__(self, at: Mapping[str, int]) -> None:
        self.blocks: list[Json] = []
        self.sets: list[str] = []
        self._at = at
        self._known: dict[tuple[object, ...], int] = {}

    def place(self, item: FitInput) -> int:
        """The block of the scores of this fit, made if there is none yet."""
        key = (item.model, item.prompt, item.metric, item.names, item.set_of, item.score)
        if key not in self._known:
            self._known[key] = len(self.blocks)
            self.blocks.append(self._block(item))
        return self._known[key]

    def _block(self, item: FitInput) -> Json:
        self.sets += sorted(set(item.set_of) - set(self.sets))
        numbers = {name: number for number, name in enumerate(self.sets)}
        rows = [
            (self._at[name], numbers[of], float(f"{score:.4g}"))
            for name, of, score in zip(item.names, item.set_of, item.score, strict=True)
            if name in self._at
        ]
        concepts, sets, scores = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
        return {"concepts": concepts, "sets": sets, "scores": scores}


def _law(fit: Fitted, places: Mapping[tuple[str, str, float | None], int], scores: _Scores) -> Json:
    return {"search": places[_place(fit.item)], "scores": scores.place(fit.item), **law_numbers(fit)}


def law_numbers(fit: Fitted) -> Json:
    """What the chart of a law needs beside its dots."""
    item, law, slope = fit.item, fit.law, fit.pooled.leading
    x = log_frequency(item.frequency, item.protocol.zero_becomes)
    return {
        "title": readable(fit_title(item)),
        "model": readable(item.model),
        "prompt": readable(item.prompt or item.metric),
        "metric": readable(item.metric_title),
        "protocol": readable(law.protocol.name),
        "least": law.protocol.zero_becomes,
        "line": [law.intercept, law.slope_per_decade],
        "reach": fit.predictor.reach,
        "share": item.are_shares,
        "slope": [slope.value, slope.low, slope.high],
        "within": fit.pooled.leads_within,
        "middle": [float(x.mean()), float(np.mean(item.score))],
        "ends": [float(x.min()), float(x.max())],
        "bins": [[one.frequency, one.mean, one.concepts, one.used] for one in law.bin_table if one.mean is not None],
        "pairs": law.concepts,
        "r": law.r,
        "verdict": verdict(law, fit.pooled, item.higher_is_better),
    }


def _place(item: FitInput) -> tuple[str, str, float | None]:
    return item.corpus, item.search, item.threshold


def _flag(
    flag: Flag, at: Mapping[str, int], places: Mapping[tuple[str, str, float | None], int]
) -> tuple[int, int, str, str] | None:
    """The concept, the search or -1, the kind, and the reason; None if it names no concept of the page."""
    if flag.concept is None or flag.concept not in at:
        return None
    known = None if flag.corpus is None or flag.search is None else (flag.corpus, flag.search, flag.threshold)
    return at[flag.concept], -1 if known is None else places.get(known, -1), flag.kind, readable(flag.reason)
