"""One concept, from the tables: how often it occurs, how it ranks, and what performance the fits expect of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10

from jobs.core.errors import ConceptfreqError, SettingsError
from jobs.core.lake import Lake
from jobs.core.lineage import search_specs
from jobs.core.settings import Corpus, Settings
from jobs.counts import Frequency, frequencies


@dataclass(frozen=True)
class Looked:
    """A concept under one search; `rank` 1 is the most frequent; expected performance by the model's fit."""

    frequency: Frequency
    rank: int | None
    of: int
    model: str | None = None
    prompt: str | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        row = self.frequency
        search = row.search if row.threshold is None else f"{row.search} above {row.threshold:g}"
        if row.frequency is None:
            return f"{row.corpus}, {search}: unanswerable ({row.unanswerable})"
        said = f"{row.corpus}, {search}: {row.frequency:,} samples, rank {self.rank} of {self.of}"
        if self.expected is None:
            return said
        return f"{said}; {self.model}, {self.prompt}: {self.expected:.3f} expected ({self.low:.3f} to {self.high:.3f})"


def look_up(lake: Lake, settings: Settings, concept: str) -> list[Looked]:
    """A concept under every search of every corpus; ConceptfreqError where no list of the run has it."""
    found = []
    for corpus in settings.corpora:
        for search in search_specs(settings, corpus):
            found += list(_searched(lake, settings, corpus, search, concept))
    if not found:
        raise ConceptfreqError(f"no list of {settings.name} has the concept '{concept}'")
    return found


def _searched(lake: Lake, settings: Settings, corpus: Corpus, search: str, concept: str) -> Iterator[Looked]:
    try:
        rows = frequencies(lake, settings, corpus, search)
    except SettingsError:
        return
    for own in (row for row in rows if row.concept == concept):
        ranked = sorted(
            (row.frequency for row in rows if row.threshold == own.threshold and row.frequency is not None), reverse=True
        )
        rank = None if own.frequency is None else ranked.index(own.frequency) + 1
        fits = lake.rows("fits", corpus=corpus.name, search=search)
        laws = [fit for fit in fits if fit["threshold"] == own.threshold and own.frequency is not None]
        if not laws:
            yield Looked(own, rank, len(ranked))
        for fit in laws:
            decades = log10(max(own.frequency or 0, 1))
            line = [fit["intercept"] + fit[slope] * decades for slope in ("slope_per_decade", "slope_low", "slope_high")]
            yield Looked(own, rank, len(ranked), fit["model"], fit["prompt"], *line)
